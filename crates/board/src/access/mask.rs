//! Numbers and addresses in texts, hidden from who may not see them.

/// So many digits are a number that might be a customer's.
const NUMBER_DIGITS: usize = 5;

/// So many of its digits stay: enough to tell two apart.
const DIGITS_LEFT: usize = 2;

/// What stands for what is hidden.
const DOTS: &str = "•••";

/// The text without numbers of five digits or more, whatever stands between the digits, and without the names in e-mail addresses.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut number = String::new();
    for letter in text.chars() {
        let goes_on = letter.is_ascii_digit() || !number.is_empty() && " -./()".contains(letter);
        if goes_on || letter == '+' && number.is_empty() {
            number.push(letter);
        } else {
            flush(&mut number, &mut out);
            out.push(letter);
        }
    }
    flush(&mut number, &mut out);
    without_addresses(&out)
}

fn flush(number: &mut String, out: &mut String) {
    let core = number.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let digits: Vec<char> = core.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < NUMBER_DIGITS {
        out.push_str(number);
    } else {
        out.push_str(DOTS);
        out.extend(digits.iter().skip(digits.len() - DIGITS_LEFT));
        out.push_str(number.strip_prefix(core).unwrap_or_default());
    }
    number.clear();
}

fn without_addresses(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let words = text.split(' ').map(|word| match word.split_once('@') {
        Some((name, domain)) if !name.is_empty() && !domain.is_empty() => format!("{DOTS}@{domain}"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The text with a name replaced, where it stands as a word of its own.
pub(super) fn renamed(text: &str, name: &str, by: &str) -> String {
    if name.is_empty() || name == by || !text.contains(name) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(name) {
        let last = before.chars().next_back().or_else(|| out.chars().next_back());
        let is_word = !last.is_some_and(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        out.push_str(before);
        out.push_str(if is_word { by } else { name });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_hidden_and_lengths_are_not() {
        for (text, expected) in [
            ("Dialled +61 491-570-006 at once", "Dialled •••06 at once"),
            ("Entered 123456.", "Entered •••56."),
            ("Entered 1234", "Entered 1234"),
            ("Option 2 after 0:42", "Option 2 after 0:42"),
            ("Mail to ann@example.com, then", "Mail to •••@example.com, then"),
            ("@ home + garden", "@ home + garden"),
            ("(02) 5550 4321", "(•••21"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn a_name_is_replaced_as_a_word() {
        assert_eq!(renamed("Al talked to al, Alan and Al.", "Al", "A."), "A. talked to al, Alan and A..");
        assert_eq!(renamed("\"AgentName\":\"ann.x\"", "ann.x", "–"), "\"AgentName\":\"–\"");
    }
}
