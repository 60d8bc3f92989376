//! Rows of a declared list: searched, filtered, sorted, counted and cut into pages. Pure.

use super::cells::{Reader, Titles, compare, facet_values, holds};
use super::declaration::{Collection, Facet};
use super::wire::{FacetCount, FacetView, Row};
use crate::Problem;
use access::Scope;
use model::{Entity, Name, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows in a page when nothing is said.
const LIMIT_DEFAULT: usize = 50;
/// Rows in a page at most.
pub(crate) const LIMIT_MAX: usize = 200;
/// Values of one filter that are offered.
const VALUES_MAX: usize = 100;
/// Longest text that is searched for.
const SEARCH_MAX: usize = 100;

/// What a request asks of a list.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Asked {
    /// Words to search, lower case.
    pub(crate) search: Option<String>,
    /// Filters by attribute.
    pub(crate) facets: BTreeMap<Name, String>,
    /// The order: attribute, and whether the greatest is first.
    pub(crate) sort: Option<(Name, bool)>,
    /// The place after which the page begins.
    pub(crate) cursor: Option<(usize, String)>,
    /// Rows in the page.
    pub(crate) limit: usize,
    /// Whether a file of values is asked for.
    pub(crate) csv: bool,
}

impl Asked {
    /// Reads the query of a request; what the view does not declare is refused.
    ///
    /// # Errors
    /// 400 that names the parameter.
    pub(crate) fn read(view: &Collection, pairs: &[(String, String)]) -> Result<Self, Problem> {
        let mut asked =
            Self { limit: LIMIT_DEFAULT, sort: view.sort.first().map(|s| order(s)), ..Self::default() };
        for (name, value) in pairs.iter().filter(|(_, v)| !v.is_empty()) {
            match name.as_str() {
                "search" => {
                    asked.search =
                        Some(value.chars().take(SEARCH_MAX).collect::<String>().trim().to_lowercase())
                }
                "sort" => {
                    let (attr, descending) = order(value);
                    if view.column(attr.as_str()).is_none() {
                        return Err(Problem::invalid("sort", "这一列不能排序", "is no column of this view"));
                    }
                    asked.sort = Some((attr, descending));
                }
                "cursor" => asked.cursor = Some(place(value)?),
                "limit" => asked.limit = limit(value)?,
                "format" => asked.csv = csv(view, value)?,
                other => {
                    let Some(attr) = other.strip_prefix("facet.") else { continue };
                    if !view.facets.iter().any(|f| f.attr == *attr) {
                        return Err(Problem::invalid(other, "没有这个筛选项", "is no facet of this view"));
                    }
                    asked.facets.insert(Name::new(attr), value.clone());
                }
            }
        }
        Ok(asked)
    }
}

fn order(text: &str) -> (Name, bool) {
    let descending = text.starts_with('-');
    (Name::new(text.trim_start_matches('-')), descending)
}

fn limit(text: &str) -> Result<usize, Problem> {
    let limit = text.parse().ok().filter(|n| (1..=LIMIT_MAX).contains(n));
    limit.ok_or_else(|| {
        Problem::invalid("limit", format!("应为 1 到 {LIMIT_MAX}"), format!("must be 1 to {LIMIT_MAX}"))
    })
}

fn csv(view: &Collection, format: &str) -> Result<bool, Problem> {
    match format {
        "json" => Ok(false),
        "csv" if !view.export.is_empty() => Ok(true),
        _ => Err(Problem::invalid("format", "这个视图不能这样导出", "is not exported by this view")),
    }
}

fn place(cursor: &str) -> Result<(usize, String), Problem> {
    let read = || {
        let (offset, id) = cursor.split_once('~')?;
        Some((offset.parse().ok()?, id.to_owned()))
    };
    read().ok_or_else(|| Problem::invalid("cursor", "不是这个列表的位置", "is no cursor of this list"))
}

/// The rows of one page with the counts of the whole.
pub(crate) struct Shaped {
    /// Rows that pass the search and all filters.
    pub(crate) total: usize,
    /// The rows of the page.
    pub(crate) rows: Vec<Row>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
    /// The filters with their counts.
    pub(crate) facets: Vec<FacetView>,
}

/// A list over one state and one reader's scope.
pub(crate) struct List<'a> {
    /// The declaration.
    pub(crate) view: &'a Collection,
    /// What was asked.
    pub(crate) asked: &'a Asked,
    /// What the reader sees of the type.
    pub(crate) scope: &'a Scope,
    /// Reads values.
    pub(crate) reader: &'a Reader<'a>,
}

impl List<'_> {
    /// Shapes the entities of the view's type. `title` gives the title of an attribute.
    pub(crate) fn shape(
        &self,
        all: &[Arc<Entity>],
        title: &dyn Fn(&Name) -> crate::public::wire::T,
    ) -> Shaped {
        let seen = all.iter().filter(|e| self.scope.sees(e));
        let found: Vec<&Arc<Entity>> = seen.filter(|e| self.searched(e)).collect();
        let facets = self.view.facets.iter().map(|f| self.facet(f, &found, title)).collect();
        let mut passed: Vec<&Arc<Entity>> = found.into_iter().filter(|e| self.fits(e, None)).collect();
        self.sort(&mut passed);
        let begin = self.begin(&passed);
        let end = passed.len().min(begin.saturating_add(self.asked.limit));
        let page = passed.get(begin..end).unwrap_or_default();
        let next = page.last().filter(|_| end < passed.len()).map(|last| format!("{end}~{}", last.id()));
        Shaped { total: passed.len(), rows: page.iter().map(|e| self.row(e)).collect(), next, facets }
    }

    /// The value of an attribute, when its column is open.
    fn value<'e>(&self, entity: &'e Entity, attr: &Name) -> Option<&'e Value> {
        entity.value(attr.as_str()).filter(|_| self.scope.column(entity, attr.as_str()))
    }

    fn searched(&self, entity: &Entity) -> bool {
        let Some(words) = self.asked.search.as_deref().filter(|w| !w.is_empty()) else { return true };
        self.view.search.iter().any(|attr| holds(self.value(entity, attr), words))
    }

    /// Whether all filters but one let the entity pass.
    fn fits(&self, entity: &Entity, but: Option<&Name>) -> bool {
        let mut asked = self.asked.facets.iter().filter(|(attr, _)| but != Some(attr));
        asked.all(|(attr, want)| facet_values(self.value(entity, attr)).contains(want))
    }

    fn titles<'v>(&'v self, attr: &Name) -> Titles<'v> {
        let column = self.view.column(attr.as_str());
        let facet = self.view.facets.iter().find(|f| f.attr == *attr);
        let values = column.map(|c| &c.values).filter(|v| !v.is_empty()).or_else(|| facet.map(|f| &f.values));
        Titles { values, names: column.and_then(|c| c.names).or_else(|| facet.and_then(|f| f.names)) }
    }

    fn facet(
        &self,
        facet: &Facet,
        found: &[&Arc<Entity>],
        title: &dyn Fn(&Name) -> crate::public::wire::T,
    ) -> FacetView {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for entity in found.iter().filter(|e| self.fits(e, Some(&facet.attr))) {
            for value in facet_values(self.value(entity, &facet.attr)) {
                *counts.entry(value).or_default() += 1;
            }
        }
        if let Some(chosen) = self.asked.facets.get(&facet.attr) {
            counts.entry(chosen.clone()).or_default();
        }
        let titles = self.titles(&facet.attr);
        let mut values: Vec<FacetCount> = counts
            .into_iter()
            .map(|(value, count)| FacetCount { title: self.reader.facet_title(&value, titles), value, count })
            .collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.title.zh.cmp(&b.title.zh)));
        values.truncate(VALUES_MAX);
        let own = facet.title.as_ref().map(Into::into);
        FacetView { attr: facet.attr.to_string(), title: own.unwrap_or_else(|| title(&facet.attr)), values }
    }

    fn sort(&self, rows: &mut Vec<&Arc<Entity>>) {
        let Some((attr, descending)) = &self.asked.sort else { return };
        let titles = self.titles(attr);
        let keyed = rows.drain(..).map(|e| (self.reader.key(self.value(e, attr), titles), e));
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_by(|(a, x), (b, y)| {
            compare(a.as_ref(), b.as_ref(), *descending).then_with(|| x.id().cmp(y.id()))
        });
        rows.extend(keyed.into_iter().map(|(_, e)| e));
    }

    /// Where the page begins: after the row that ended the last one, or at the same count when it has gone.
    fn begin(&self, rows: &[&Arc<Entity>]) -> usize {
        let Some((offset, id)) = &self.asked.cursor else { return 0 };
        rows.iter().position(|e| *e.id() == **id).map_or(*offset, |n| n + 1)
    }

    fn row(&self, entity: &Entity) -> Row {
        let link = self.view.columns.iter().find_map(|c| c.link.as_ref());
        let cells = self.view.columns.iter().map(|c| {
            let cell = self.reader.cell(self.value(entity, &c.attr), self.titles(&c.attr));
            (c.attr.to_string(), cell)
        });
        Row {
            id: entity.id().to_string(),
            link: link.map(|l| l.replace("{id}", &super::escape(entity.id().as_str()))),
            cells: cells.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::Cell;
    use super::super::declaration::tests::TANKS;
    use super::*;
    use crate::public::sight::tests::entity;
    use crate::public::wire::T;
    use access::Access;
    use store::State;

    fn tanks() -> Vec<Arc<Entity>> {
        let tank = |n: u8, level: Option<f64>, state: &str, area: &str| {
            let mut attributes = vec![
                (
                    "name",
                    Value::map([
                        ("zh", Value::text(format!("罐{n}"))),
                        ("en", Value::text(format!("Tank {n}"))),
                    ]),
                ),
                ("state", Value::text(state)),
                ("area", Value::Id(area.into())),
            ];
            attributes.extend(level.map(|l| ("level", Value::Number(l))));
            Arc::new(entity(&format!("urn:t:{n}"), "Tank", attributes))
        };
        vec![
            tank(1, Some(2.0), "full", "urn:a:1"),
            tank(2, Some(5.0), "full", "urn:a:2"),
            tank(3, None, "empty", "urn:a:1"),
            tank(4, Some(3.0), "empty", "urn:a:2"),
        ]
    }

    fn shaped(query: &[(&str, &str)]) -> Shaped {
        let view = Collection::parse(TANKS).unwrap();
        let pairs: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let asked = Asked::read(&view, &pairs).unwrap();
        let state = State::default();
        let scope = Access::city("test", "read").scope("Tank");
        let reader = Reader::new(&state);
        let list = List { view: &view, asked: &asked, scope: &scope, reader: &reader };
        list.shape(&tanks(), &|attr| T::of(attr.as_str(), attr.as_str()))
    }

    fn ids(shaped: &Shaped) -> Vec<&str> {
        shaped.rows.iter().map(|r| &r.id[6..]).collect()
    }

    #[test]
    fn rows_are_sorted_searched_and_filtered() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 6] = [
            (&[], &["2", "4", "1", "3"]),
            (&[("sort", "level")], &["1", "4", "2", "3"]),
            (&[("sort", "-name")], &["4", "3", "2", "1"]),
            (&[("search", "TANK 3")], &["3"]),
            (&[("facet.state", "full")], &["2", "1"]),
            (&[("facet.state", "full"), ("facet.area", "urn:a:1")], &["1"]),
        ];
        for (query, want) in cases {
            assert_eq!(ids(&shaped(query)), want, "{query:?}");
        }
    }

    #[test]
    fn a_filter_counts_under_the_others_and_keeps_its_chosen_value() {
        let found = shaped(&[("facet.state", "full"), ("facet.area", "urn:a:9")]);
        let counts =
            |n: usize| found.facets[n].values.iter().map(|v| (v.value.as_str(), v.count)).collect::<Vec<_>>();
        assert_eq!((found.total, counts(0)), (0, vec![("full", 0)]));
        assert_eq!(counts(1), [("urn:a:1", 1), ("urn:a:2", 1), ("urn:a:9", 0)]);
        assert_eq!((found.facets[1].title.zh.as_str(), found.facets[0].title.zh.as_str()), ("区", "state"));
        assert_eq!(found.facets[0].values[0].title, T::of("满", "full"));
    }

    #[test]
    fn pages_follow_each_other_without_gap() {
        let first = shaped(&[("limit", "3")]);
        assert_eq!((ids(&first), first.total), (vec!["2", "4", "1"], 4));
        let next = first.next.unwrap();
        let second = shaped(&[("limit", "3"), ("cursor", &next)]);
        assert_eq!((ids(&second), &second.next), (vec!["3"], &None));
        assert_eq!(ids(&shaped(&[("cursor", "2~urn:t:gone")])), ["1", "3"]);
        assert!(shaped(&[("cursor", "99~urn:t:gone")]).rows.is_empty());
    }

    #[test]
    fn a_row_has_its_link_and_its_cells() {
        let row = &shaped(&[]).rows[0];
        assert_eq!(row.link.as_deref(), Some("/tanks/urn%3At%3A2"));
        assert_eq!(row.cells["level"], Some(Cell::Number(5.0)));
        assert_eq!(row.cells["state"], Some(Cell::Words(T::of("满", "full"))));
        assert_eq!(row.cells["seen_at"], None);
    }

    #[test]
    fn closed_rows_and_columns_do_not_show() {
        let right = access::Right {
            id: "r".into(),
            role: "keeper".into(),
            actions: vec!["read".into()],
            types: vec!["Tank".into()],
            columns: access::Columns::Only(vec!["name".into(), "area".into()]),
            rows: access::Rows::Area,
            attribute: None,
            purpose: None,
            from: None,
            to: None,
            article: None,
        };
        let who = access::Principal {
            roles: vec!["keeper".into()],
            area: Some("urn:a:1".into()),
            ..access::Principal::public(None)
        };
        let scope =
            Access::new(vec![right]).permit(&Arc::new(who), "read", model::Time(0)).unwrap().scope("Tank");
        let (view, state) = (Collection::parse(TANKS).unwrap(), State::default());
        let asked = Asked::read(&view, &[]).unwrap();
        let reader = Reader::new(&state);
        let found = List { view: &view, asked: &asked, scope: &scope, reader: &reader }
            .shape(&tanks(), &|a| T::of(a.as_str(), ""));
        assert_eq!(ids(&found), ["1", "3"]);
        assert_eq!(found.rows[0].cells["level"], None);
        assert!(found.facets[0].values.is_empty(), "a closed column has no counts");
    }

    #[test]
    fn what_is_not_declared_is_refused() {
        let view = Collection::parse(TANKS).unwrap();
        for (name, value) in [
            ("sort", "depth"),
            ("facet.level", "1"),
            ("limit", "0"),
            ("limit", "201"),
            ("cursor", "x"),
            ("format", "xlsx"),
        ] {
            let pairs = [(name.to_owned(), value.to_owned())];
            assert_eq!(Asked::read(&view, &pairs).unwrap_err().field.as_deref(), Some(name));
        }
        let pairs = [("lang".to_owned(), "en".to_owned()), ("format".to_owned(), "csv".to_owned())];
        assert!(Asked::read(&view, &pairs).unwrap().csv);
    }
}
