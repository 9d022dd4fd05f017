//! Scrolling, following, resizing: nothing jumps, nothing is lost.

use proptest::prelude::*;

use super::fixture::Fixture;
use crate::transcript_pane::Scroll;

fn long() -> Fixture {
    let mut f = Fixture::new();
    for turn in 0..20 {
        f.user(&format!("question {turn}"));
        f.answer(&format!("answer {turn} with enough words to wrap around at least once on a narrow screen"));
    }
    f
}

fn first_line(f: &mut Fixture) -> String {
    f.screen(40, 10).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_view_holds_while_ten_thousand_tokens_arrive() {
    let mut f = long();
    f.screen(40, 10);
    f.pane.scroll(Scroll::Lines(-30));
    let top = |f: &mut Fixture| f.screen(40, 10).lines().take(9).map(str::to_owned).collect::<Vec<_>>();
    let before = top(&mut f);
    for token in 0..10_000 {
        f.text(if token % 9 == 0 { "word\n\n" } else { "word " });
        if token % 500 == 0 {
            assert_eq!(top(&mut f), before, "after {token} tokens");
        }
    }
    assert_eq!(f.pane.new_below(), 1);
    assert!(f.screen(40, 10).ends_with("↓ 1 new · End to follow"));
    f.pane.scroll(Scroll::End);
    f.screen(40, 10);
    assert_eq!(f.pane.new_below(), 0);
}

#[test]
fn scrolling_to_the_end_follows_again() {
    let mut f = long();
    let bottom = f.screen(40, 10);
    f.pane.scroll(Scroll::Page(-3));
    assert_ne!(f.screen(40, 10), bottom);
    assert!(!f.pane.is_following());
    f.pane.scroll(Scroll::Lines(10_000));
    assert_eq!(f.screen(40, 10), bottom);
    assert!(f.pane.is_following());
    f.pane.scroll(Scroll::Top);
    assert_eq!(first_line(&mut f), "▎ question 0");
}

#[test]
fn a_resize_keeps_the_words_at_the_top() {
    let mut f = long();
    f.screen(80, 10);
    f.pane.scroll(Scroll::Lines(-30));
    f.pane.jump_prompt(false);
    let prompt = f.screen(80, 10).lines().find(|line| line.contains("question")).unwrap().to_owned();
    for columns in [30, 120, 17, 80] {
        let screen = f.screen(columns, 10);
        assert!(screen.lines().take(2).any(|line| line == prompt), "{columns} columns:\n{screen}");
    }
}

#[test]
fn of_ten_thousand_items_only_the_visible_are_laid_out() {
    let mut f = Fixture::new();
    for item in 0..5_000 {
        f.user("question").answer(&format!("answer {item}"));
    }
    f.screen(80, 24);
    assert!(f.pane.laid_out.len() <= 24, "{}", f.pane.laid_out.len());
    f.screen(60, 24);
    f.pane.scroll(Scroll::Page(-2));
    f.screen(60, 24);
    assert!(f.pane.laid_out.len() <= 72, "{}", f.pane.laid_out.len());
    f.pane.scroll(Scroll::Top);
    assert!(f.screen(60, 24).contains("answer 0"));
    for _ in 0..200 {
        f.pane.scroll(Scroll::Page(1));
        f.screen(60, 24);
    }
    let kept = f.pane.entries.iter().filter(|entry| entry.is_laid_out()).count();
    assert!(kept <= 600, "rows of {kept} entries are kept");
    assert_eq!(f.pane.scroll_position().total, 4 * 5_000 - 1, "estimates of short cells are right");
}

#[test]
fn jumping_goes_from_prompt_to_prompt() {
    let mut f = long();
    f.screen(40, 10);
    f.pane.jump_prompt(false);
    let first = f.screen(40, 10);
    f.pane.jump_prompt(false);
    let second = f.screen(40, 10);
    assert_ne!(first, second);
    f.pane.jump_prompt(true);
    assert_eq!(f.screen(40, 10), first);
}

#[test]
fn a_search_shows_its_hits_and_unfolds_what_hides_them() {
    let mut f = long();
    f.call("1", "read", serde_json::json!({"path": "a.rs"}));
    f.result("1", false, "nothing\nhere is the Needle\n", serde_json::Value::Null);
    f.screen(40, 10);
    assert_eq!(f.pane.search("needle"), 1);
    assert!(f.screen(40, 10).contains("the Needle"));
    assert_eq!(f.pane.search("needle "), 0);
    assert_eq!(f.pane.search("u:question 7"), 1);
    assert!(f.screen(40, 10).contains("question 7"));
    assert_eq!(f.pane.search("question 1"), 11);
    f.pane.search_next(false);
    assert_eq!(f.pane.search_position(), Some((10, 11)));
    assert!(f.screen(40, 10).contains("question 18"));
}

#[test]
fn a_click_on_a_head_unfolds_its_cell() {
    let mut f = Fixture::new();
    f.call("1", "read", serde_json::json!({"path": "a.rs"}));
    f.result("1", false, "content", serde_json::Value::Null);
    assert!(!f.screen(40, 10).contains("content"));
    assert!(f.pane.toggle_at(3, 0));
    assert!(f.screen(40, 10).contains("content"));
    assert!(!f.pane.toggle_at(3, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// All rows of the transcript, read page by page, are the rows of one tall screen.
    #[test]
    fn pages_show_every_row_once(height in 3u16..15, columns in 20u16..60) {
        let mut f = long();
        let tall: Vec<String> = f.screen(columns, 400).lines().map(str::to_owned).collect();
        f.screen(columns, height);
        f.pane.scroll(Scroll::Top);
        let mut seen = Vec::new();
        loop {
            let screen = f.screen(columns, height);
            if f.pane.is_following() {
                break;
            }
            seen.push(screen.lines().next().unwrap_or_default().to_owned());
            f.pane.scroll(Scroll::Lines(1));
        }
        prop_assert_eq!(seen.as_slice(), &tall[..seen.len()]);
        prop_assert_eq!(seen.len() + usize::from(height), tall.len());
    }
}
