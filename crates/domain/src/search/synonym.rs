//! Words that mean the same: abbreviations, above all, which Vietnamese offices are full of.

use serde::{Deserialize, Serialize};

use crate::{
    id::Id,
    text::{Line, Token, tokens},
    violation::{Fault, Violations},
};

/// The most groups that a site may have: each query is held against all of them.
pub const MAX_GROUPS: usize = 1_000;
/// The most terms of one group.
const MAX_TERMS: usize = 10;

/// Terms that mean the same: `KH&CN`, `khoa học và công nghệ`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synonym {
    /// Two at least, no two of them the same words.
    pub terms: Vec<Line<100>>,
}

impl Synonym {
    /// A group of terms.
    ///
    /// # Errors
    /// What is wrong with them, under `/terms/0` and so on.
    pub fn parse(terms: &[String]) -> Result<Self, Violations> {
        let mut faults = Violations::new();
        if !(2..=MAX_TERMS).contains(&terms.len()) {
            faults.add("/terms", Fault::new("out_of_range", format!("must be 2 to {MAX_TERMS} terms")));
            return Err(faults);
        }
        let mut parsed: Vec<Line<100>> = Vec::new();
        for (n, term) in terms.iter().enumerate() {
            let pointer = format!("/terms/{n}");
            let Some(term) = faults.take(pointer.clone(), Line::parse(term)) else { continue };
            let key = crate::text::exact_key(term.as_str());
            if key.is_empty() {
                faults.add(pointer, Fault::new("required", "must have a letter or a digit"));
            } else if parsed.iter().any(|other| crate::text::exact_key(other.as_str()) == key) {
                faults.add(pointer, Fault::new("duplicate", "says the same as a term before it"));
            } else {
                parsed.push(term);
            }
        }
        faults.into_result(Self { terms: parsed })
    }
}

/// The synonyms of a site: one list, edited as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SynonymList {
    /// Counts its changes.
    pub version: i64,
    /// The groups.
    pub groups: Vec<Synonym>,
}

/// The identity of a group, which only its row has.
pub type SynonymId = Id<Synonym>;

/// A place of a query where another term may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    /// The first word that it stands for.
    pub(super) start: usize,
    /// The first word after it.
    pub(super) end: usize,
    /// What may stand there.
    pub(super) words: Vec<Token>,
}

/// Where in a query other terms may stand. A marked word of the query is the same as a word of the
/// term with the same marks, one without marks as any that folds to it.
pub(super) fn replacements(query: &[Token], groups: &[Synonym]) -> Vec<Replacement> {
    let same = |typed: &Token, known: &Token| {
        if typed.has_marks { typed.exact == known.exact } else { typed.folded == known.folded }
    };
    let mut found = Vec::new();
    for group in groups {
        let terms: Vec<Vec<Token>> = group.terms.iter().map(|term| tokens(term.as_str()).collect()).collect();
        for (n, term) in terms.iter().enumerate() {
            for (start, window) in query.windows(term.len().max(1)).enumerate() {
                if !term.is_empty() && window.iter().zip(term).all(|(typed, known)| same(typed, known)) {
                    let others = terms.iter().enumerate().filter(|(other, _)| *other != n);
                    found.extend(others.map(|(_, words)| Replacement {
                        start,
                        end: start + term.len(),
                        words: words.clone(),
                    }));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(terms: &[&str]) -> Synonym {
        Synonym::parse(&terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn replaced(query: &str, groups: &[Synonym]) -> Vec<(usize, usize, String)> {
        let words: Vec<Token> = tokens(query).collect();
        let folded = |words: &[Token]| words.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        replacements(&words, groups).iter().map(|one| (one.start, one.end, folded(&one.words))).collect()
    }

    #[test]
    fn an_abbreviation_and_its_long_form_stand_for_each_other() {
        let groups = [group(&["KH&CN", "khoa học và công nghệ"])];
        assert_eq!(replaced("sở kh&cn", &groups), [(1, 3, "khoa hoc va cong nghe".to_owned())]);
        assert_eq!(replaced("khoa hoc va cong nghe", &groups), [(0, 5, "kh cn".to_owned())]);
        assert_eq!(replaced("khoa học và công nghê", &groups), [], "other marks are another word");
    }

    #[test]
    fn a_group_has_several_different_terms() {
        let fault = |terms: &[&str]| {
            let terms: Vec<String> = terms.iter().map(|term| (*term).to_owned()).collect();
            let faults = Synonym::parse(&terms).unwrap_err().into_vec();
            (faults[0].pointer.clone(), faults[0].code)
        };
        assert_eq!(fault(&["KH&CN"]), ("/terms".to_owned(), "out_of_range"));
        assert_eq!(fault(&["KH&CN", "kh cn"]), ("/terms/1".to_owned(), "duplicate"));
        assert_eq!(fault(&["&", "và"]), ("/terms/0".to_owned(), "required"));
    }
}
