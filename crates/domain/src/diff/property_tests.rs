//! What holds for any two texts: the pieces rebuild both sides, and every block is told once.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{words::html_words, *};
use crate::body::{Block, BodyInput};

fn side(pieces: &[Piece], other: PieceOp) -> String {
    pieces.iter().filter(|piece| piece.op != other).map(|piece| piece.text.as_str()).collect()
}

/// Words and markup, so few that two bodies of them have much in common.
fn html() -> impl Strategy<Value = String> {
    let parts = vec![
        "<p>",
        "</p>",
        "<p>Hội nghị</p>",
        "<h2>",
        "<hr>",
        "<ul><li>",
        "<li>",
        "</ul>",
        "<strong>",
        "</strong>",
        "<br>",
        "<a href=\"/x?a=1&amp;b=2\">",
        "</a>",
        "<blockquote>",
        "</blockquote>",
        "<table><tr><td>",
        "<td>",
        "</table>",
        "Hội",
        "nghị",
        "tổng",
        "kết",
        " ",
        "  ",
        ",",
        "KH&amp;CN",
        "&lt;",
        "&nbsp;",
        "hoa\u{300}",
        "e\u{338}",
        "👩\u{200d}🔬",
        "2023",
        "-",
    ];
    vec(prop_oneof![9 => select(parts).prop_map(str::to_owned), 1 => "\\PC{0,5}"], 0..40)
        .prop_map(|parts| parts.concat())
}

fn body(html: &str) -> Body {
    Body::parse(BodyInput::Html(html.to_owned())).unwrap().body
}

/// The places that the blocks are told to have on one side, with what they say there.
fn told(mut side: Vec<(usize, Block)>) -> Vec<Block> {
    side.sort_by_key(|(place, _)| *place);
    side.into_iter()
        .enumerate()
        .map(|(n, (place, block))| {
            assert_eq!(n, place, "every place once");
            block
        })
        .collect()
}

proptest! {
    #[test]
    fn pieces_rebuild_both_texts(from in "\\PC{0,60}", to in "\\PC{0,60}") {
        for compare in [plain_words, html_words] {
            let pieces = compare(&from, &to);
            prop_assert_eq!(&side(&pieces, PieceOp::Insert), &from);
            prop_assert_eq!(&side(&pieces, PieceOp::Delete), &to);
            prop_assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
            prop_assert!(pieces.windows(2).all(|two| two[0].op != two[1].op));
        }
    }

    #[test]
    fn every_block_of_either_body_is_told_once(from in html(), to in html(), is_saved_over in any::<bool>()) {
        let from = body(&from);
        let to = if is_saved_over { body(&to).with_ids_of(&from) } else { body(&to) };
        let diff = blocks(from.blocks(), to.blocks());
        let before = |one: &BlockDiff| Some((one.from?, one.before.clone().unwrap_or_else(|| one.block.clone())));
        let after = |one: &BlockDiff| Some((one.to?, one.block.clone()));
        let (earlier, later) = (told(diff.iter().filter_map(before).collect()), told(diff.iter().filter_map(after).collect()));
        let contents = |blocks: &[Block]| blocks.iter().map(|block| block.content.clone()).collect::<Vec<_>>();
        prop_assert_eq!(contents(&earlier), contents(from.blocks()));
        prop_assert_eq!(&later[..], to.blocks());
        for one in &diff {
            match &one.before {
                Some(before) => {
                    prop_assert_eq!(side(&one.pieces, PieceOp::Insert), before.content.to_html());
                    prop_assert_eq!(side(&one.pieces, PieceOp::Delete), one.block.content.to_html());
                }
                None => prop_assert_eq!(&one.pieces, &[]),
            }
        }
    }

    #[test]
    fn a_body_does_not_differ_from_itself(html in html()) {
        let body = body(&html);
        let diff = blocks(body.blocks(), body.blocks());
        prop_assert!(diff.iter().all(|one| one.op == BlockOp::Equal && one.from == one.to));
    }

    #[test]
    fn no_tag_is_cut(from in html(), to in html()) {
        let (from, to) = (body(&from).to_html(&|_| None), body(&to).to_html(&|_| None));
        for piece in html_words(&from, &to) {
            let tags = |sign: char| piece.text.matches(sign).count();
            prop_assert_eq!(tags('<'), tags('>'), "{}", piece.text);
        }
    }
}
