//! Licence expressions: `MIT OR (Apache-2.0 AND BSD-3-Clause)`.

/// Whether the expression can be met with allowed licences only. Empty or broken expressions cannot.
pub fn allowed(expression: &str, is_allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = either(&words, &mut at, is_allowed);
    met && at == words.len()
}

fn either(words: &[&str], at: &mut usize, is_allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = both(words, at, is_allowed);
    while words.get(*at).is_some_and(|w| w.eq_ignore_ascii_case("or")) {
        *at += 1;
        met = both(words, at, is_allowed) || met;
    }
    met
}

fn both(words: &[&str], at: &mut usize, is_allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, at, is_allowed);
    while words.get(*at).is_some_and(|w| w.eq_ignore_ascii_case("and")) {
        *at += 1;
        met = one(words, at, is_allowed) && met;
    }
    met
}

fn one(words: &[&str], at: &mut usize, is_allowed: &dyn Fn(&str) -> bool) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = either(words, at, is_allowed);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return met && closed;
    }
    if words.get(*at).is_some_and(|w| w.eq_ignore_ascii_case("with")) {
        let whole = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
        return is_allowed(&whole) || is_allowed(word);
    }
    // `MPL-2.0+` means this version or a later one: the named one may be chosen.
    is_allowed(word) || is_allowed(word.trim_end_matches('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let rows = [
            ("MIT", true),
            ("GPL-3.0", false),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0 OR MIT", true),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Apache-2.0", true),
            ("MIT/Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
            ("", false),
            ("Apache-2.0+", true),
            ("GPL-2.0+", false),
            ("(MIT", false),
            ("MIT)", false),
            ("OR", false),
        ];
        let is_allowed = |l: &str| ["MIT", "Apache-2.0"].contains(&l);
        for (expression, want) in rows {
            assert_eq!(allowed(expression, &is_allowed), want, "{expression}");
        }
    }
}
