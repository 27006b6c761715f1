//! Leaving. The answer has no "no": [`Exit`] says what is noted, and the door opens whatever it says (case D-19).

use crate::admission::facts::Grant;
use crate::admission::rules::Times;
use crate::admission::stay;
use crate::calendar::UtcMicros;
use crate::credential::{CredentialState, Use};

/// What is known when somebody wants to leave. All of it may be missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExitFacts {
    /// Who it is; nothing when nobody was recognised.
    pub leaver: Option<Leaver>,
    /// Whether the door is known and meant to be left by.
    pub is_exit: bool,
}

/// Somebody who was recognised on his way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaver {
    /// What the credential that he showed allows.
    pub state: Option<CredentialState>,
    /// Since when he is in the zone.
    pub inside_since: Option<UtcMicros>,
    /// The newest grant to leave by this door.
    pub before: Option<Grant>,
}

/// What is noted about somebody who leaves. There is nothing in it that could keep him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// It is the passage that was granted before, and no further one.
    pub same_passage: bool,
    /// What somebody should look at.
    pub marks: Vec<ExitMark>,
}

/// What somebody should look at when a member has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitMark {
    /// Nobody was recognised.
    Unknown,
    /// The door is none to leave by, or nobody knows it.
    NotAnExit,
    /// The credential is lost, blocked or expired.
    StoppedCredential,
    /// He was not taken to be inside.
    NotInside,
}

/// What is noted when somebody leaves. Total: it asks nobody's permission.
pub fn leave(facts: &ExitFacts, times: &Times, at: UtcMicros) -> Exit {
    let mut marks = Vec::new();
    if !facts.is_exit {
        marks.push(ExitMark::NotAnExit);
    }
    let Some(leaver) = facts.leaver else {
        marks.push(ExitMark::Unknown);
        return Exit { same_passage: false, marks };
    };
    let same_passage = leaver.before.is_some_and(|grant| grant.covers(times, at).is_some());
    if leaver.state.is_some_and(|state| !state.allows(Use::Enter)) {
        marks.push(ExitMark::StoppedCredential);
    }
    let inside = leaver.inside_since.is_some_and(|since| stay::goes_on(since, at));
    if !inside && !same_passage {
        marks.push(ExitMark::NotInside);
    }
    Exit { same_passage, marks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::BlockReason;

    fn at(seconds: i64) -> UtcMicros {
        UtcMicros::parse(1_800_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    /// Whatever is true of somebody, the answer is a note. `Exit` is taken apart here without a rest: a way to say no would not
    /// compile.
    #[test]
    fn d19_the_answer_to_leaving_has_no_no() {
        let rule: fn(&ExitFacts, &Times, UtcMicros) -> Exit = leave;
        let states = [
            None,
            Some(CredentialState::Active),
            Some(CredentialState::Lost),
            Some(CredentialState::Expired),
            Some(CredentialState::Blocked(BlockReason::Misuse)),
        ];
        let grant = Grant { at: at(-1), lapses_at: at(9), passed: false };
        for state in states {
            for inside_since in [None, Some(at(-60)), Some(at(-1_000_000)), Some(at(60))] {
                for before in [None, Some(grant)] {
                    for is_exit in [true, false] {
                        let leaver = Some(Leaver { state, inside_since, before });
                        let facts = ExitFacts { leaver, is_exit };
                        let Exit { same_passage, marks } = rule(&facts, &Times::STANDARD, at(0));
                        assert_eq!(same_passage, before.is_some());
                        assert_eq!(marks.contains(&ExitMark::NotAnExit), !is_exit);
                        let stopped = state.is_some_and(|state| state != CredentialState::Active);
                        assert_eq!(marks.contains(&ExitMark::StoppedCredential), stopped);
                    }
                }
            }
        }
        let nobody = rule(&ExitFacts::default(), &Times::STANDARD, at(0));
        assert_eq!(nobody.marks, [ExitMark::NotAnExit, ExitMark::Unknown]);
    }
}
