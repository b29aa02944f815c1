//! stub (being replaced)
use serde::{Deserialize, Serialize};
/// stub
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Body;
#[allow(missing_docs)]
impl Body { pub fn media_ids(&self) -> Vec<uuid::Uuid> { vec![] } pub fn is_blank(&self) -> bool { true } }
