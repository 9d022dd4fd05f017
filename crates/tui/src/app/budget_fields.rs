//! The budget of a mission as fields to be changed in place.

use headwater_protocol::{MissionBudget, Tokens, Usd};

use super::{App, CardPage, Effect};
use crate::keymap::{Chord, MissionKey, WritingKey};

/// Characters of a field.
const LONGEST: usize = 12;

/// One number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// What it limits.
    pub(crate) label: &'static str,
    /// What stands after the number.
    pub(crate) unit: &'static str,
    /// As it is written.
    pub(crate) text: String,
    /// Whether the first digit replaces what is there.
    is_fresh: bool,
}

/// The fields, one of them chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BudgetFields {
    /// In the order of the card.
    pub(crate) fields: Vec<Field>,
    /// The chosen one.
    pub(crate) at: usize,
}

impl BudgetFields {
    /// The fields of a budget.
    pub(crate) fn new(budget: &MissionBudget) -> Self {
        let field = |label, unit, text: String| Field { label, unit, text, is_fresh: true };
        let tokens = budget.tokens.map(|tokens| tokens.0.to_string()).unwrap_or_default();
        let cost = budget.cost_usd.map(|cost| cost.0.to_string()).unwrap_or_default();
        let fields = vec![
            field("calls", "of child models", budget.calls.to_string()),
            field("tokens", "empty means no limit of its own", tokens),
            field("dollars", "empty means no limit of its own", cost),
            field("depth", "levels below the root", budget.depth.to_string()),
            field("seconds", "from the approval", budget.seconds.to_string()),
            field("turns", "answers of the root", budget.iterations.to_string()),
        ];
        Self { fields, at: 0 }
    }

    /// Goes to another field.
    pub(crate) fn step(&mut self, fields: isize) {
        self.at = self.at.saturating_add_signed(fields).min(self.fields.len().saturating_sub(1));
    }

    fn type_character(&mut self, character: char) {
        let Some(field) = self.fields.get_mut(self.at) else { return };
        if std::mem::take(&mut field.is_fresh) {
            field.text.clear();
        }
        if (character.is_ascii_digit() || character == '.') && field.text.len() < LONGEST {
            field.text.push(character);
        }
    }

    fn delete(&mut self) {
        if let Some(field) = self.fields.get_mut(self.at) {
            field.is_fresh = false;
            field.text.pop();
        }
    }

    /// The budget that is written, or the field that makes no sense.
    pub(crate) fn budget(&self) -> Result<MissionBudget, String> {
        Ok(MissionBudget {
            calls: self.number("calls")?,
            tokens: self.limit("tokens")?.map(Tokens),
            cost_usd: self.limit("dollars")?.map(Usd),
            depth: self.number("depth")?,
            seconds: self.number("seconds")?,
            iterations: self.number("turns")?,
        })
    }

    fn text(&self, label: &str) -> &str {
        self.fields.iter().find(|field| field.label == label).map_or("", |field| field.text.as_str())
    }

    fn number<T: std::str::FromStr>(&self, label: &str) -> Result<T, String> {
        self.text(label).parse().map_err(|_| format!("{label}: a number, please"))
    }

    /// Empty means that there is none.
    fn limit<T: std::str::FromStr>(&self, label: &str) -> Result<Option<T>, String> {
        if self.text(label).is_empty() { Ok(None) } else { self.number(label).map(Some) }
    }

    /// Takes `name=value` words in, for a screen without fields.
    pub(crate) fn read(&mut self, words: &str) -> Result<(), String> {
        for word in words.split_whitespace() {
            let (name, value) = word.split_once('=').ok_or(format!("{word}: write name=value"))?;
            let known = self.fields.iter_mut().find(|field| field.label == name);
            let field = known.ok_or(format!("{name}: there is no such limit"))?;
            field.text = String::from(value);
        }
        Ok(())
    }
}

impl App {
    /// Opens the fields of the budget.
    pub(super) fn edit_budget(&mut self) {
        if let Some(budget) = self.mission_in_front().map(|card| card.card.budget) {
            self.desk.page = CardPage::Budget(BudgetFields::new(&budget));
            self.desk.scroll = 0;
        }
    }

    /// A key while the fields are open.
    pub(super) fn budget_key(&mut self, chord: Chord) -> Vec<Effect> {
        let key = self.config.keymap.find::<MissionKey>(chord);
        let is_delete = self.config.keymap.find::<WritingKey>(chord) == Some(WritingKey::DeleteBack);
        let CardPage::Budget(fields) = &mut self.desk.page else { return Vec::new() };
        match (key, chord.typed()) {
            (Some(MissionKey::Approve), _) => return self.submit_budget(),
            (Some(MissionKey::Reject), _) => self.desk.page = CardPage::Card,
            (Some(MissionKey::Up), _) => fields.step(-1),
            (Some(MissionKey::Down), _) => fields.step(1),
            (_, Some(character)) => fields.type_character(character),
            (_, None) if is_delete => fields.delete(),
            (_, None) => {}
        }
        Vec::new()
    }

    fn submit_budget(&mut self) -> Vec<Effect> {
        let CardPage::Budget(fields) = &self.desk.page else { return Vec::new() };
        match fields.budget() {
            Ok(budget) => self.set_budget(budget),
            Err(problem) => {
                self.say(problem);
                Vec::new()
            }
        }
    }

    /// Takes in a budget written as words.
    pub(super) fn read_budget(&mut self, words: &str) -> Result<Vec<Effect>, String> {
        let Some(budget) = self.mission_in_front().map(|card| card.card.budget) else {
            return Ok(Vec::new());
        };
        let mut fields = BudgetFields::new(&budget);
        fields.read(words)?;
        fields.budget().map(|budget| self.set_budget(budget))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_the_limits_they_name_and_nonsense_is_told() {
        let mut fields = BudgetFields::new(&MissionBudget::default());
        assert_eq!(fields.budget(), Ok(MissionBudget::default()));
        fields.read("calls=40 dollars=0.5").unwrap();
        let expected = MissionBudget { calls: 40, cost_usd: Some(Usd(0.5)), ..MissionBudget::default() };
        assert_eq!(fields.budget(), Ok(expected));
        for (words, complaint) in
            [("fast", "fast: write name=value"), ("speed=9", "speed: there is no such limit")]
        {
            assert_eq!(fields.read(words), Err(complaint.to_owned()));
        }
        fields.read("seconds=soon").unwrap();
        assert_eq!(fields.budget(), Err("seconds: a number, please".to_owned()));
    }
}
