//! The editorial workflow: which states content goes through and which action leads where.
//!
//! The state is the working copy's. What the public sees is another matter: a published article
//! whose next version is being written is a `draft` with a public copy beside it.

use crate::named::{Named, named_enum};

named_enum! {
    /// Where a working copy stands.
    pub enum State {
        /// Being written.
        Draft = "draft",
        /// Handed in; only who may approve edits it now.
        InReview = "inReview",
        /// Sent back with a reason.
        ChangesRequested = "changesRequested",
        /// Good to publish.
        Approved = "approved",
        /// Will become public by itself at its instant.
        Scheduled = "scheduled",
        /// The public copy is this one.
        Published = "published",
        /// Put away, still readable on the desk.
        Archived = "archived",
        /// In the trash until it is purged.
        Trashed = "trashed",
    }
}

named_enum! {
    /// What can be done to content as a whole.
    pub enum Action {
        /// Change the working copy (`PATCH`).
        Edit = "edit",
        /// Ask somebody to go on with it.
        Assign = "assign",
        /// Hand in for review.
        Submit = "submit",
        /// Find it good.
        Approve = "approve",
        /// Send it back with a reason.
        RequestChanges = "request-changes",
        /// Make this version the public one now.
        Publish = "publish",
        /// Make this version the public one at an instant, or set until when the public one is seen.
        Schedule = "schedule",
        /// Call a schedule off.
        Unschedule = "unschedule",
        /// Take it from the public.
        Unpublish = "unpublish",
        /// Put it away.
        Archive = "archive",
        /// Bring it back from the archive or the trash.
        Restore = "restore",
        /// Put it in the trash (`DELETE`).
        Trash = "trash",
        /// Take it out of the trash for ever.
        Purge = "purge",
    }
}

/// What decides, beside the state, where an action leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The working copy's state.
    pub state: State,
    /// Whether a public copy stands now, or will at a scheduled instant.
    pub is_public: bool,
    /// Whether publishing would show the public something else, though the state is `published`: what
    /// belongs to an item (attendees, the order of a programme) changes without a new revision.
    pub has_news: bool,
    /// Whether the caller may approve this item, and so may edit it while it is in review.
    pub may_approve: bool,
    /// Whether the caller may publish this item, and so may skip the review.
    pub may_publish: bool,
}

impl Standing {
    /// The state that `action` leads to, or `None` where it cannot be done from here.
    pub fn after(self, action: Action) -> Option<State> {
        use Action as A;
        use State as S;
        match (action, self.state) {
            (A::Edit, S::Draft | S::ChangesRequested) => Some(self.state),
            // An edit voids an approval, and starts the next version of what is published.
            (A::Edit, S::Approved | S::Published) => Some(S::Draft),
            (A::Edit, S::InReview) if self.may_approve => Some(S::InReview),
            (A::Assign, S::Trashed) => None,
            (A::Assign, _) => Some(self.state),
            (A::Submit, S::Draft | S::ChangesRequested) => Some(S::InReview),
            (A::Approve, S::InReview) => Some(S::Approved),
            (A::RequestChanges, S::InReview | S::Approved) => Some(S::ChangesRequested),
            (A::Publish, S::Approved) => Some(S::Published),
            (A::Publish, S::Draft | S::ChangesRequested | S::InReview) if self.may_publish => Some(S::Published),
            (A::Publish, S::Published) if self.has_news => Some(S::Published),
            (A::Schedule, S::Archived | S::Trashed) => None,
            // A schedule may be moved as long as its instant has not come.
            (A::Schedule, S::Scheduled) => Some(S::Scheduled),
            // Of what is seen only the end can be set, whatever becomes of its next version meanwhile.
            (A::Schedule, _) if self.is_public => Some(self.state),
            (A::Schedule, S::Approved) => Some(S::Scheduled),
            (A::Schedule, S::Draft | S::ChangesRequested | S::InReview) if self.may_publish => Some(S::Scheduled),
            (A::Unschedule, S::Scheduled) => Some(S::Approved),
            (A::Unpublish, S::Archived | S::Trashed) => None,
            (A::Unpublish, S::Published) => Some(S::Draft),
            (A::Unpublish, _) if self.is_public => Some(S::Draft),
            (A::Archive, S::Archived | S::Trashed) => None,
            (A::Archive, _) => Some(S::Archived),
            (A::Restore, S::Archived | S::Trashed) => Some(S::Draft),
            (A::Trash, S::Trashed) => None,
            (A::Trash, _) => Some(S::Trashed),
            // There is no state after it; nothing reads this one.
            (A::Purge, S::Trashed) => Some(S::Trashed),
            _ => None,
        }
    }

    /// The actions that can be done from here, in the order of the contract.
    pub fn actions(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| self.after(*action).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(state: State) -> Standing {
        Standing { state, is_public: false, has_news: false, may_approve: false, may_publish: false }
    }

    #[test]
    fn an_author_cannot_go_round_the_review() {
        let draft = standing(State::Draft);
        assert_eq!(draft.after(Action::Publish), None);
        assert_eq!(draft.after(Action::Submit), Some(State::InReview));
        assert_eq!(Standing { may_publish: true, ..draft }.after(Action::Publish), Some(State::Published));
    }

    #[test]
    fn what_lies_in_the_trash_can_only_be_restored() {
        let trashed = Standing { may_publish: true, is_public: true, ..standing(State::Trashed) };
        assert_eq!(trashed.actions().collect::<Vec<_>>(), [Action::Restore, Action::Purge]);
    }

    #[test]
    fn an_edit_voids_an_approval_and_opens_the_next_version_of_what_is_published() {
        let edited = |state, may_approve| Standing { may_approve, ..standing(state) }.after(Action::Edit);
        assert_eq!(edited(State::Approved, false), Some(State::Draft));
        assert_eq!(edited(State::Published, false), Some(State::Draft));
        assert_eq!(edited(State::InReview, false), None);
        assert_eq!(edited(State::InReview, true), Some(State::InReview));
        assert_eq!(edited(State::Scheduled, true), None);
    }

    #[test]
    fn what_is_published_is_published_again_only_with_news() {
        let published = Standing { is_public: true, may_publish: true, ..standing(State::Published) };
        assert_eq!(published.after(Action::Publish), None);
        assert_eq!(Standing { has_news: true, ..published }.after(Action::Publish), Some(State::Published));
    }

    #[test]
    fn what_is_public_can_be_given_an_end_in_any_state_of_its_next_version() {
        for state in [State::Draft, State::InReview, State::ChangesRequested, State::Approved, State::Published] {
            let public = Standing { is_public: true, ..standing(state) };
            assert_eq!(public.after(Action::Schedule), Some(state));
        }
        let archived = Standing { is_public: true, ..standing(State::Archived) };
        assert_eq!(archived.after(Action::Schedule), None);
    }

    #[test]
    fn a_draft_of_something_public_can_be_unpublished() {
        assert_eq!(standing(State::Draft).after(Action::Unpublish), None);
        assert_eq!(Standing { is_public: true, ..standing(State::Draft) }.after(Action::Unpublish), Some(State::Draft));
    }
}
