//! The ids of blocks: given by counting, so that one input always gets the same ones.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Body;
use super::block::{Block, BlockContent, BlockId};

/// Gives the lowest free `b<N>` to every block that has no id yet.
pub(super) fn number_blocks(blocks: Vec<(Option<BlockId>, BlockContent)>, taken: &[Block]) -> Vec<Block> {
    let mut used: HashSet<BlockId> = taken.iter().map(|block| block.id.clone()).collect();
    used.extend(blocks.iter().filter_map(|(id, _)| id.clone()));
    let mut free = (1..).map(BlockId::numbered).filter(|id| !used.contains(id));
    let named = blocks.into_iter().filter_map(|(id, content)| Some(Block { id: id.or_else(|| free.next())?, content }));
    named.collect()
}

impl Body {
    /// This body with the ids of an earlier one: a block that was there before keeps its id even
    /// when it has moved, and every other gets one that the earlier body does not have.
    ///
    /// For bodies read from HTML, Markdown or text, whose blocks carry no ids: without this every
    /// paragraph put in would rename all that follow, and comments and differences would lose them.
    #[must_use]
    pub fn with_ids_of(self, previous: &Body) -> Body {
        let mut known: HashMap<&BlockContent, VecDeque<&BlockId>> = HashMap::new();
        for block in previous.blocks() {
            known.entry(&block.content).or_default().push_back(&block.id);
        }
        let mut keep = |content: &BlockContent| known.get_mut(content).and_then(VecDeque::pop_front).cloned();
        let blocks = self.blocks.into_iter().map(|block| (keep(&block.content), block.content)).collect();
        Body { blocks: number_blocks(blocks, previous.blocks()) }
    }
}

#[cfg(test)]
mod tests {
    use crate::body::{Body, BodyInput};

    fn read(html: &str) -> Body {
        Body::parse(BodyInput::Html(html.to_owned())).unwrap().body
    }

    fn ids(body: &Body) -> Vec<&str> {
        body.blocks().iter().map(|block| block.id.as_str()).collect()
    }

    #[test]
    fn ids_are_counted_from_one() {
        assert_eq!(ids(&read("<p>a</p><hr><p>a</p>")), ["b1", "b2", "b3"]);
    }

    #[test]
    fn a_paragraph_put_in_renames_no_other() {
        let before = read("<p>a</p><p>b</p><p>c</p>");
        let after = read("<p>a</p><p>new</p><p>b</p><p>c</p>").with_ids_of(&before);
        assert_eq!(ids(&after), ["b1", "b4", "b2", "b3"]);
    }

    #[test]
    fn a_moved_block_keeps_its_id_and_a_removed_id_is_not_given_again() {
        let before = read("<p>a</p><p>b</p><p>c</p>");
        let after = read("<p>c</p><p>a</p><p>d</p>").with_ids_of(&before);
        assert_eq!(ids(&after), ["b3", "b1", "b4"]);
    }

    #[test]
    fn equal_blocks_take_ids_in_order_and_never_the_same() {
        let before = read("<hr><p>a</p><hr>");
        let after = read("<hr><hr><hr>").with_ids_of(&before);
        assert_eq!(ids(&after), ["b1", "b3", "b4"]);
    }
}
