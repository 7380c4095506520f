//! Text from outside, before people see it.

/// True for what a terminal or a page obeys in place of showing it: control characters, line ends, and what turns the
/// direction of text (Unicode's `Bidi_Control`), by which a name shows itself as another.
pub fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_obeyed_is_told_from_what_is_shown() {
        let text = "a\u{1b}\r\n\t\0\u{7f}\u{9b}\u{61c}\u{200e}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}é 王-";
        assert_eq!(text.chars().filter(|character| !is_control(*character)).collect::<String>(), "aé 王-");
    }
}
