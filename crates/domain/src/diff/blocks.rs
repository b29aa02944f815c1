//! Two bodies, block by block.
//!
//! Which block became which is decided in three steps, each of bounded cost. Blocks that say exactly the
//! same in the same order are the frame. What is left over is paired by likeness: the share of the text
//! that stands in pairs of neighbouring words which both have, where blocks of one id need much less of
//! it. At last, blocks of one id that have nothing in common are still one rewritten block, as long as it
//! stays in its place: an id that HTML input dropped may be given to something else later.

use std::collections::{HashMap, HashSet};

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::words::{Markup, Numbers, Piece, html_words, tokens};
use crate::{
    body::{Block, BlockId},
    named::named_enum,
};

named_enum! {
    /// What became of a block.
    pub enum BlockOp {
        /// It says the same, and its neighbours are the same.
        Equal = "equal",
        /// It is new.
        Insert = "insert",
        /// It is gone.
        Delete = "delete",
        /// It says something else.
        Change = "change",
        /// It stands elsewhere, and may say something else too.
        Move = "move",
    }
}

/// One block of either body.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockDiff {
    /// What became of it.
    pub op: BlockOp,
    /// Its place in the earlier body, from 0.
    pub from: Option<usize>,
    /// Its place in the later body, from 0.
    pub to: Option<usize>,
    /// The block as it is; as it was, where it is gone.
    pub block: Block,
    /// The block as it was, where it says something else now.
    pub before: Option<Block>,
    /// Its HTML in pieces, where it says something else now.
    pub pieces: Vec<Piece>,
}

/// Likeness, out of 1,000, from which two blocks are taken for one.
const ALIKE: u64 = 400;
/// The same for two blocks of one id.
const ALIKE_BY_ID: u64 = 100;
/// In how many blocks a pair of words may stand to tell anything. What stands in more of them ("Điều
/// khoản" in a decree) makes no two alike, and would cost time in the square of their number.
const MOST_HOLDERS: usize = 16;

/// Compares two bodies: all blocks of the later one in order, with those that are gone between them.
pub fn blocks(from: &[Block], to: &[Block]) -> Vec<BlockDiff> {
    let mut pairing = Pairing::of_equals(from, to);
    pairing.pair_alike(from, to);
    let strangers = pairing.pair_ids(from, to);
    pairing.part_strangers_that_moved(&strangers);
    pairing.tell(from, to)
}

/// Which block became which.
struct Pairing {
    /// For each block of the later body, the place of the one that it was.
    origins: Vec<Option<usize>>,
    /// For each block of the earlier body, whether it became one of the later.
    taken: Vec<bool>,
}

impl Pairing {
    /// Pairs what says the same in the same order.
    fn of_equals(from: &[Block], to: &[Block]) -> Self {
        let mut numbers = Numbers::default();
        let [before, after] = [from, to].map(|blocks| numbers.of_all(blocks.iter().map(|block| &block.content)));
        let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
        let mut pairing = Self { origins: vec![None; to.len()], taken: vec![false; from.len()] };
        for op in ops.iter().filter(|op| op.tag() == DiffTag::Equal) {
            op.old_range().zip(op.new_range()).for_each(|(from, to)| pairing.pair(from, to));
        }
        pairing
    }

    /// Pairs what is alike, the most alike first, then what stands closest.
    fn pair_alike(&mut self, from: &[Block], to: &[Block]) {
        let html = |(place, block): (usize, &Block)| (place, block.content.to_html());
        let from_html: Vec<(usize, String)> = self.left_of(from).map(html).collect();
        let to_html: Vec<(usize, String)> = self.left_to(to).map(html).collect();
        let mut numbers = Numbers::default();
        let from_traits: Vec<Traits> = from_html.iter().map(|(_, html)| Traits::of(html, &mut numbers)).collect();
        let to_traits: Vec<Traits> = to_html.iter().map(|(_, html)| Traits::of(html, &mut numbers)).collect();
        let likenesses = likenesses(&from_traits, &to_traits);
        let mut candidates: Vec<_> = likenesses
            .into_iter()
            .filter_map(|(from_nth, to_nth, likeness)| {
                let (from_place, to_place) = (from_html.get(from_nth)?.0, to_html.get(to_nth)?.0);
                let is_same_id = from.get(from_place)?.id == to.get(to_place)?.id;
                let enough = if is_same_id { ALIKE_BY_ID } else { ALIKE };
                let rank = (!is_same_id, std::cmp::Reverse(likeness), from_place.abs_diff(to_place));
                (likeness >= enough).then_some((rank, from_place, to_place))
            })
            .collect();
        candidates.sort_unstable();
        for (_, from, to) in candidates {
            if !self.is_taken(from) && self.origin(to).is_none() {
                self.pair(from, to);
            }
        }
    }

    /// Pairs what has one id and one type, though no words in common; tells the places of those in the
    /// later body.
    fn pair_ids(&mut self, from: &[Block], to: &[Block]) -> Vec<usize> {
        let left: HashMap<&BlockId, (usize, &Block)> =
            self.left_of(from).map(|(place, block)| (&block.id, (place, block))).collect();
        let pairs: Vec<(usize, usize)> = self
            .left_to(to)
            .filter_map(|(to, block)| {
                let (from, earlier) = left.get(&block.id)?;
                let is_same_type = std::mem::discriminant(&earlier.content) == std::mem::discriminant(&block.content);
                is_same_type.then_some((*from, to))
            })
            .collect();
        pairs.iter().for_each(|(from, to)| self.pair(*from, *to));
        pairs.into_iter().map(|(_, to)| to).collect()
    }

    /// Undoes the pairs of `strangers` that would tell of a move.
    fn part_strangers_that_moved(&mut self, strangers: &[usize]) {
        let staying = self.staying();
        for place in strangers.iter().filter(|place| !staying.contains(place)) {
            let origin = self.origins.get_mut(*place).and_then(Option::take);
            if let Some(taken) = origin.and_then(|origin| self.taken.get_mut(origin)) {
                *taken = false;
            }
        }
    }

    /// What became of every block.
    fn tell(&self, from: &[Block], to: &[Block]) -> Vec<BlockDiff> {
        let staying = self.staying();
        let mut frame = self.origins.iter().enumerate().filter(|(place, _)| staying.contains(place));
        let mut gone = self.left_of(from).peekable();
        let mut told = Vec::with_capacity(from.len().max(to.len()));
        let mut tell_gone = |told: &mut Vec<BlockDiff>| {
            // Those that stood before the next block that stayed.
            let end = frame.next().and_then(|(_, origin)| *origin).unwrap_or(usize::MAX);
            while let Some((place, block)) = gone.next_if(|(place, _)| *place < end) {
                told.push(BlockDiff::deleted(place, block));
            }
        };
        tell_gone(&mut told);
        for (place, block) in to.iter().enumerate() {
            let earlier = self.origin(place).and_then(|origin| Some((origin, from.get(origin)?)));
            let Some((origin, earlier)) = earlier else {
                told.push(BlockDiff::inserted(place, block));
                continue;
            };
            let stays = staying.contains(&place);
            told.push(BlockDiff::kept(origin, earlier, place, block, stays));
            if stays {
                tell_gone(&mut told);
            }
        }
        told
    }

    /// The places in the later body of the blocks that kept their order: as many as can be said to have
    /// stayed while the others moved around them (the longest increasing run of origins).
    fn staying(&self) -> HashSet<usize> {
        // For each length, the place where a run of that length ends soonest in the earlier body.
        let mut ends: Vec<usize> = Vec::new();
        let mut before: Vec<Option<usize>> = vec![None; self.origins.len()];
        for (place, before) in before.iter_mut().enumerate() {
            let Some(origin) = self.origin(place) else { continue };
            let length = ends.partition_point(|end| self.origin(*end) < Some(origin));
            *before = length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied());
            match ends.get_mut(length) {
                Some(end) => *end = place,
                None => ends.push(place),
            }
        }
        std::iter::successors(ends.last().copied(), |place| before.get(*place).copied().flatten()).collect()
    }

    fn pair(&mut self, from: usize, to: usize) {
        if let (Some(taken), Some(origin)) = (self.taken.get_mut(from), self.origins.get_mut(to)) {
            *taken = true;
            *origin = Some(from);
        }
    }

    fn origin(&self, to: usize) -> Option<usize> {
        self.origins.get(to).copied().flatten()
    }

    fn is_taken(&self, from: usize) -> bool {
        self.taken.get(from).copied().unwrap_or(false)
    }

    fn left_of<'b>(&self, from: &'b [Block]) -> impl Iterator<Item = (usize, &'b Block)> {
        from.iter().enumerate().filter(|(place, _)| !self.is_taken(*place))
    }

    fn left_to<'b>(&self, to: &'b [Block]) -> impl Iterator<Item = (usize, &'b Block)> {
        to.iter().enumerate().filter(|(place, _)| self.origin(*place).is_none())
    }
}

impl BlockDiff {
    fn deleted(place: usize, block: &Block) -> Self {
        let block = block.clone();
        Self { op: BlockOp::Delete, from: Some(place), to: None, block, before: None, pieces: Vec::new() }
    }

    fn inserted(place: usize, block: &Block) -> Self {
        let block = block.clone();
        Self { op: BlockOp::Insert, from: None, to: Some(place), block, before: None, pieces: Vec::new() }
    }

    fn kept(from: usize, earlier: &Block, to: usize, block: &Block, stays: bool) -> Self {
        let says_the_same = earlier.content == block.content;
        let op = match (stays, says_the_same) {
            (true, true) => BlockOp::Equal,
            (true, false) => BlockOp::Change,
            (false, _) => BlockOp::Move,
        };
        let (before, pieces) = if says_the_same {
            (None, Vec::new())
        } else {
            (Some(earlier.clone()), html_words(&earlier.content.to_html(), &block.content.to_html()))
        };
        Self { op, from: Some(from), to: Some(to), block: block.clone(), before, pieces }
    }
}

/// A pair of neighbouring words, by their numbers.
type WordPair = (u32, u32);

/// What a block is known by: its pairs of neighbouring words, tags among them, each with the length of the
/// second word. So a figure is known by its file more than by the word below it.
struct Traits(HashMap<WordPair, u64>);

impl Traits {
    fn of<'a>(html: &'a str, numbers: &mut Numbers<&'a str>) -> Self {
        let mut pairs = HashMap::new();
        let mut last = None;
        for token in tokens(html, Markup::Html) {
            let number = numbers.of(token.text);
            if let Some(last) = last.replace(number) {
                pairs.insert((last, number), token.text.len() as u64);
            }
        }
        Self(pairs)
    }
}

/// How alike each two blocks are that have anything in common, out of 1,000: twice the weight of what both
/// have, by the weight of both.
fn likenesses(from: &[Traits], to: &[Traits]) -> Vec<(usize, usize, u64)> {
    let mut holders: HashMap<WordPair, Vec<usize>> = HashMap::new();
    for (nth, traits) in from.iter().enumerate() {
        traits.0.keys().for_each(|pair| holders.entry(*pair).or_default().push(nth));
    }
    let holders_of = |pair: &WordPair| holders.get(pair).map_or(&[][..], Vec::as_slice);
    let telling = |traits: &'_ Traits| -> Vec<(WordPair, u64)> {
        let tells = |(pair, _): &(&WordPair, &u64)| holders_of(pair).len() <= MOST_HOLDERS;
        traits.0.iter().filter(tells).map(|(pair, weight)| (*pair, *weight)).collect()
    };
    let weight = |pairs: &[(WordPair, u64)]| pairs.iter().map(|(_, weight)| weight).sum::<u64>();
    let from_weights: Vec<u64> = from.iter().map(|traits| weight(&telling(traits))).collect();
    let mut found = Vec::new();
    for (to_nth, traits) in to.iter().enumerate() {
        let pairs = telling(traits);
        let mut shared: HashMap<usize, u64> = HashMap::new();
        for (pair, weight) in &pairs {
            holders_of(pair).iter().for_each(|from_nth| *shared.entry(*from_nth).or_default() += weight);
        }
        let own = weight(&pairs);
        found.extend(shared.into_iter().filter_map(|(from_nth, shared)| {
            let both = own + from_weights.get(from_nth)?;
            Some((from_nth, to_nth, (2000 * shared).checked_div(both)?))
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        body::{Body, BodyInput},
        diff::PieceOp,
        named::Named,
    };

    fn body(html: &str) -> Body {
        Body::parse(BodyInput::Html(html.to_owned())).unwrap().body
    }

    /// The difference as one line: `op from>to`, a dot where there is no place.
    fn told(from: &Body, to: &Body) -> Vec<String> {
        let place = |place: Option<usize>| place.map_or(".".to_owned(), |place| place.to_string());
        let line = |one: &BlockDiff| format!("{} {}>{}", one.op.name(), place(one.from), place(one.to));
        blocks(from.blocks(), to.blocks()).iter().map(line).collect()
    }

    /// `to` as an editor saves it over `from`: unchanged blocks keep their ids, all others get new ones.
    fn saved(from: &Body, html: &str) -> Body {
        body(html).with_ids_of(from)
    }

    #[test]
    fn a_block_put_in_changes_no_other() {
        let from = body("<p>Một hai ba</p><hr><p>Bốn năm sáu</p>");
        let to = saved(&from, "<p>Một hai ba</p><p>Mới</p><hr><p>Bốn năm sáu</p>");
        assert_eq!(told(&from, &to), ["equal 0>0", "insert .>1", "equal 1>2", "equal 2>3"]);
        assert_eq!(told(&to, &from), ["equal 0>0", "delete 1>.", "equal 2>1", "equal 3>2"]);
    }

    #[test]
    fn a_paragraph_that_was_edited_is_found_by_its_words() {
        let from = body("<p>Mở đầu.</p><p>Hội nghị tổng kết năm hai nghìn.</p><p>Kết thúc.</p>");
        let to =
            saved(&from, "<p>Mở đầu.</p><p>Lời dẫn mới.</p><p>Hội nghị tổng kết năm ba nghìn.</p><p>Kết thúc.</p>");
        assert_ne!(from.blocks()[1].id, to.blocks()[2].id, "only the words can tell");
        assert_eq!(told(&from, &to), ["equal 0>0", "insert .>1", "change 1>2", "equal 2>3"]);
        let changed = &blocks(from.blocks(), to.blocks())[2];
        let gone: Vec<&str> =
            changed.pieces.iter().filter(|one| one.op == PieceOp::Delete).map(|one| &*one.text).collect();
        assert_eq!(gone, ["hai"]);
        assert_eq!(changed.before.as_ref(), Some(&from.blocks()[1]));
    }

    #[test]
    fn a_block_that_stands_elsewhere_has_moved_and_the_others_have_not() {
        let from = body("<p>Một</p><p>Hai</p><p>Ba</p><p>Bốn</p>");
        let to = saved(&from, "<p>Hai</p><p>Ba</p><p>Một</p><p>Bốn</p>");
        assert_eq!(told(&from, &to), ["equal 1>0", "equal 2>1", "move 0>2", "equal 3>3"]);
    }

    #[test]
    fn a_block_that_moved_and_was_edited_shows_both() {
        let from = body("<p>Hội nghị tổng kết</p><p>Hai</p><p>Ba</p>");
        let to = saved(&from, "<p>Hai</p><p>Ba</p><p>Hội nghị tổng kết năm</p>");
        assert_eq!(told(&from, &to), ["equal 1>0", "equal 2>1", "move 0>2"]);
        assert!(blocks(from.blocks(), to.blocks())[2].pieces.iter().any(|one| one.text == " năm"));
    }

    #[test]
    fn a_rewritten_block_is_changed_and_a_new_one_under_an_old_id_is_new() {
        let from = body("<p>Một</p><p>Hai</p>");
        let rewritten = body("<p>Một</p><p>Khác hẳn</p>");
        assert_eq!(from.blocks()[1].id, rewritten.blocks()[1].id);
        assert_eq!(told(&from, &rewritten), ["equal 0>0", "change 1>1"]);
        // The id `b2`, given up by "Hai", is here on top: nobody carried "Hai" there.
        let shortened = saved(&from, "<p>Một</p>");
        let reused = saved(&shortened, "<p>Chuyện mới</p><p>Một</p>");
        assert_eq!(reused.blocks()[0].id, from.blocks()[1].id);
        assert_eq!(told(&from, &reused), ["insert .>0", "equal 0>1", "delete 1>."]);
    }

    #[test]
    fn a_paragraph_made_a_heading_keeps_its_words() {
        let from = body("<p>Một</p><p>Kết quả chính của hội nghị</p>");
        let to = saved(&from, "<p>Một</p><h2>Kết quả chính của hội nghị</h2>");
        assert_eq!(told(&from, &to), ["equal 0>0", "change 1>1"]);
    }

    #[test]
    fn a_picture_is_known_by_its_file_whatever_stands_below_it() {
        let figure = |caption: &str| {
            let id = "0190d1a0-0000-7000-8000-000000000001";
            body(&format!(
                "<figure data-media-id=\"{id}\"><img alt=\"Đại biểu\"><figcaption>{caption}</figcaption></figure>"
            ))
        };
        let from = figure("Toàn cảnh");
        let to = figure("Đại biểu dự hội nghị chụp ảnh").with_ids_of(&from);
        assert_ne!(from.blocks()[0].id, to.blocks()[0].id);
        assert_eq!(told(&from, &to), ["change 0>0"]);
    }

    #[test]
    fn nothing_in_common_is_gone_and_new() {
        let from = body("<p>Một</p>");
        let to = saved(&from, "<p>Hai</p>");
        assert_eq!(told(&from, &to), ["delete 0>.", "insert .>0"]);
        assert_eq!(told(&Body::default(), &to), ["insert .>0"]);
        assert_eq!(told(&from, &Body::default()), ["delete 0>."]);
    }
}
