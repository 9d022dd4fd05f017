//! The recorded card, over the findings that are there: research counts them anew each time.

use serde_json::Value;

/// The card with the ids of findings in place of what stands for them: `c*` means every finding whose id begins so.
pub(super) fn over_findings(mut card: Value, prompt: &str) -> Value {
    let ids: Vec<&str> = prompt.lines().filter_map(finding).collect();
    let tasks = card.get_mut("subtasks").and_then(Value::as_array_mut);
    for claims in tasks.into_iter().flatten().filter_map(|task| task.get_mut("claims")) {
        let wanted = claims.as_array().cloned().unwrap_or_default();
        let meant = wanted.iter().filter_map(Value::as_str).flat_map(|pattern| {
            ids.iter().filter(move |id| match pattern.strip_suffix('*') {
                Some(beginning) => id.starts_with(beginning),
                None => **id == pattern,
            })
        });
        *claims = meant.map(|id| Value::from(*id)).collect();
    }
    card
}

/// The id at the beginning of a line that tells a finding.
fn finding(line: &str) -> Option<&str> {
    let (id, rest) = line.split_once(' ')?;
    rest.starts_with('[').then_some(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_for_findings_becomes_their_ids() {
        let prompt =
            "Findings:\nc1 [unchecked] A. (app.log:1)\no1 [unchecked] B.\nc2 [medium] C.\nh1 [refuted] D.\n";
        let card = over_findings(json!({"subtasks": [{"claims": ["c*", "h1", "h9"]}, {}]}), prompt);
        assert_eq!(card["subtasks"][0]["claims"], json!(["c1", "c2", "h1"]));
    }
}
