//! Looking at source text without a parser: comments, strings, words, tests, globs.

/// The text with comments and the insides of strings turned into blanks. Lines keep their numbers.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = blank_end(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// The end of the comment, string or character that begins here; `at` itself when none begins.
fn blank_end(chars: &[char], at: usize) -> usize {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or(' ');
    let after_word = at > 0 && is_word(chars[at - 1]);
    match (chars[at], next(1)) {
        ('/', '/') => line_end(chars, at),
        ('/', '*') => block_end(chars, at),
        ('"', _) => string_end(chars, at),
        ('r', '"' | '#') if !after_word => raw_end(chars, at),
        ('\'', '\\') => quote_end(chars, at),
        ('\'', _) if next(2) == '\'' => at + 3,
        _ => at,
    }
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |n| at + n)
}

fn block_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0usize, at);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth.saturating_sub(1), i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut i = at + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

fn quote_end(chars: &[char], at: usize) -> usize {
    chars.iter().enumerate().skip(at + 3).take(10).find(|(_, c)| **c == '\'').map_or(at, |(i, _)| i + 1)
}

fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let mut i = at + 2 + hashes;
    while i < chars.len() {
        let closes =
            chars[i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        if closes {
            return i + 1 + hashes;
        }
        i += 1;
    }
    chars.len()
}

/// Whether a character can stand in a name.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The names of a line, each with its place in bytes.
pub fn words(line: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (i, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (is_word(c), start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                found.push((from, &line[from..i]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Whether the line holds the text, and the text is no part of a longer name.
pub fn names(line: &str, text: &str) -> bool {
    line.match_indices(text).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + text.len()..].chars().next();
        let joins =
            |edge: Option<char>, other: Option<char>| edge.is_some_and(is_word) && other.is_some_and(is_word);
        !joins(text.chars().next(), before) && !joins(text.chars().next_back(), after)
    })
}

/// The number of lines before the module of tests; all lines when there is none.
pub fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |i: &usize| {
        let mut rest = lines[*i + 1..].iter().map(|l| l.trim()).skip_while(|l| l.starts_with("#["));
        lines[*i].trim() == "#[cfg(test)]" && rest.next().is_some_and(|l| l.contains("mod "))
    };
    (0..lines.len()).find(opens).unwrap_or(lines.len())
}

/// Whether the path is wholly for tests.
pub fn is_test_file(path: &str) -> bool {
    let named = |p: &str| p == "tests" || p == "tests.rs" || p == "e2e" || p == "testdata" || p == "testkit";
    const ENDINGS: [&str; 5] = ["_tests.rs", ".test.ts", ".test.tsx", ".spec.ts", ".test.mjs"];
    path.split('/').any(named) || ENDINGS.iter().any(|e| path.ends_with(e))
}

/// Whether the path fits the pattern: `**` stands for any folders, `*` for any part of one name.
pub fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    parts_fit(&pattern, &path)
}

fn parts_fit(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", [])), _) => !path.is_empty(),
        (Some((&"**", rest)), _) => (0..=path.len()).any(|n| parts_fit(rest, &path[n..])),
        (Some((one, rest)), Some((name, names))) => name_fits(one, name) && parts_fit(rest, names),
        _ => false,
    }
}

/// Whether one name fits a pattern with at most one `*`.
pub fn name_fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_become_blanks_and_lines_stay() {
        let rows = [
            ("a // b", "a     "),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x::y")"#, "f(      )"),
            (r#"f("a\"b") g"#, "f(      ) g"),
            ("f(r#\"a\"b\"#) g", "f(        ) g"),
            ("'\"' x", "    x"),
            ("'\\n' x", "     x"),
            ("&'a str", "&'a str"),
            ("for x", "for x"),
            ("/* a\nb */c", "    \n    c"),
        ];
        for (text, want) in rows {
            assert_eq!(code_only(text), want, "{text}");
        }
    }

    #[test]
    fn words_have_places() {
        assert_eq!(words("use a_b::C;"), [(0, "use"), (4, "a_b"), (9, "C")]);
        assert_eq!(words("经纬 x"), [(0, "经纬"), (7, "x")]);
    }

    #[test]
    fn a_name_is_no_part_of_a_longer_one() {
        assert!(names("let t = Instant::now();", "Instant::now"));
        assert!(!names("let t = MyInstant::now();", "Instant::now"));
        assert!(!names("let t = Instant::nowhere();", "Instant::now"));
        assert!(names("use tokio::net;", "tokio::"));
    }

    #[test]
    fn lines_are_counted_up_to_the_tests() {
        assert_eq!(lines_before_tests("a\nb\n#[cfg(test)]\nmod tests {\n}\n"), 2);
        assert_eq!(lines_before_tests("#[cfg(test)]\nuse a;\nb\n"), 3);
        assert_eq!(lines_before_tests("a\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\n"), 1);
    }

    #[test]
    fn patterns() {
        let rows = [
            ("crates/*/src/**", "crates/a/src/b/c.rs", true),
            ("crates/*/src/**", "crates/a/b/src/c.rs", false),
            ("crates/**/frame.rs", "crates/a/src/x/frame.rs", true),
            ("crates/**/frame.rs", "crates/a/src/x/frames.rs", false),
            ("a/b.rs", "a/b.rs", true),
            ("a/*.rs", "a/b.ts", false),
        ];
        for (pattern, path, want) in rows {
            assert_eq!(fits(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn files_of_tests() {
        assert!(is_test_file("crates/store/src/log/tests.rs"));
        assert!(is_test_file("crates/testkit/src/lib.rs"));
        assert!(is_test_file("portal/src/a.test.tsx"));
        assert!(is_test_file("crates/gateway/src/frame_tests.rs"));
        assert!(!is_test_file("crates/store/src/log.rs"));
    }
}
