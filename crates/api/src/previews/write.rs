//! What comes in of a preview link.

use bantin_application::previews::NewPreview;
use bantin_domain::violation::{Fault, Violations};
use serde::Deserialize;
use utoipa::ToSchema;

const DAY: i64 = 24 * 60 * 60;
/// After how long a link ends when nobody says.
const USUAL: i64 = 7 * DAY;
/// After how long it ends at the latest.
const LONGEST: i64 = 30 * DAY;
/// More views than that are no limit.
const MOST_VIEWS: i64 = 1_000_000;

/// How a preview link is wished for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PreviewLinkWrite)]
pub struct PreviewLinkWrite {
    /// The revision to show, for ever the same; absent follows the working copy.
    pub revision: Option<i64>,
    /// After how many seconds it ends: seven days when absent, thirty at most.
    pub expires_in: Option<i64>,
    /// How often it may be opened, to a million; absent is as often as one likes.
    pub max_views: Option<i64>,
}

impl PreviewLinkWrite {
    /// Parses it.
    ///
    /// # Errors
    /// 422 with each fault.
    pub fn parse(self) -> Result<NewPreview, Violations> {
        let mut faults = Violations::new();
        let expires_in = self.expires_in.unwrap_or(USUAL);
        if !(1..=LONGEST).contains(&expires_in) {
            faults.add("/expiresIn", Fault::new("out_of_range", format!("must be from 1 to {LONGEST} seconds")));
        }
        if self.max_views.is_some_and(|views| !(1..=MOST_VIEWS).contains(&views)) {
            faults.add("/maxViews", Fault::new("out_of_range", format!("must be from 1 to {MOST_VIEWS}")));
        }
        faults.into_result(NewPreview { revision: self.revision, expires_in, max_views: self.max_views })
    }
}
