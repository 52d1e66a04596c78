//! Reads HTML. The real tokenizer runs, and the real tree builder; between them stands the policy, so the tree has no
//! element and no attribute that is not to be shown, and both stop at the first bound that is passed.

use std::cell::Cell;

use html5ever::{
    QualName,
    interface::create_element,
    local_name, ns,
    tendril::StrTendril,
    tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
    tree_builder::{TreeBuilder, TreeBuilderOpts},
};

use super::{
    Admits,
    bounds::{MAX_ATTRIBUTES, MAX_TAG_BYTES, TooMuch},
    policy::{self, Tag},
    tree::{Handle, Tree},
};

/// The tokenizer is given so much at once, and asked in between whether it came anywhere.
const CHUNK: usize = 4 * 1024;

/// What was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) tree: Tree,
    /// Pictures that were left out because nobody had placed them.
    pub(super) pictures_left_out: usize,
}

pub(super) fn read(html: &str, admits: Admits<'_>) -> Result<Read, TooMuch> {
    let tree = Tree::default();
    let context = create_element(&tree, QualName::new(None, ns!(html), local_name!("div")), Vec::new());
    let options = TreeBuilderOpts { drop_doctype: true, ..TreeBuilderOpts::default() };
    let builder = TreeBuilder::new_for_fragment(tree, context, None, options);
    let gate = Gate { builder, admits, vanishing: Cell::new(false), tokens: Cell::new(0), pictures: Cell::new(0) };
    let tokenizer = Tokenizer::new(gate, TokenizerOpts::default());
    feed(&tokenizer, html)?;
    tokenizer.end();
    let gate = tokenizer.sink;
    let pictures_left_out = gate.pictures.get();
    let tree = gate.builder.sink;
    match tree.spent().passed() {
        Some(bound) => Err(bound),
        None => Ok(Read { tree, pictures_left_out }),
    }
}

fn feed(tokenizer: &Tokenizer<Gate<'_>>, html: &str) -> Result<(), TooMuch> {
    let input = BufferQueue::default();
    let (mut rest, mut seen, mut stalled) = (html, 0, 0);
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(CHUNK);
        let (chunk, after) = rest.split_at(end);
        rest = after;
        input.push_back(StrTendril::from(chunk));
        // It pauses for scripts alone, and none is handed up.
        drop(tokenizer.feed(&input));
        if let Some(bound) = tokenizer.sink.builder.sink.spent().passed() {
            return Err(bound);
        }
        let tokens = tokenizer.sink.tokens.get();
        stalled = if tokens == seen { stalled + chunk.len() } else { 0 };
        seen = tokens;
        if stalled > MAX_TAG_BYTES {
            return Err(TooMuch::Tag);
        }
    }
    Ok(())
}

/// Stands between the tokenizer and the tree builder.
struct Gate<'a> {
    builder: TreeBuilder<Handle, Tree>,
    admits: Admits<'a>,
    /// In a script or a style.
    vanishing: Cell<bool>,
    /// Pieces that the tokenizer came to the end of.
    tokens: Cell<usize>,
    pictures: Cell<usize>,
}

impl Gate<'_> {
    fn tag(&self, mut tag: html5ever::tokenizer::Tag, line: u64) -> TokenSinkResult<Handle> {
        if tag.attrs.len() > MAX_ATTRIBUTES {
            self.builder.sink.spent().pass(TooMuch::Attributes);
            return TokenSinkResult::Continue;
        }
        let starts = tag.kind == TagKind::StartTag;
        match policy::tag(&tag.name) {
            Tag::Vanishes(kind) => {
                self.vanishing.set(starts);
                if starts { TokenSinkResult::RawData(kind) } else { TokenSinkResult::Continue }
            }
            Tag::Text(kind) if starts => TokenSinkResult::RawData(kind),
            Tag::Plaintext if starts => TokenSinkResult::Plaintext,
            Tag::Text(_) | Tag::Plaintext | Tag::Goes => TokenSinkResult::Continue,
            Tag::Shapes => {
                let all = std::mem::take(&mut tag.attrs);
                if starts {
                    let Ok(kept) = policy::attributes(&tag.name, all, self.admits) else {
                        if tag.name == local_name!("img") {
                            self.pictures.set(self.pictures.get() + 1);
                        }
                        return TokenSinkResult::Continue;
                    };
                    tag.attrs = kept;
                }
                self.builder.process_token(Token::TagToken(tag), line)
            }
        }
    }
}

impl TokenSink for Gate<'_> {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if let Token::ParseError(_) = token {
            return TokenSinkResult::Continue;
        }
        self.tokens.set(self.tokens.get() + 1);
        if self.builder.sink.spent().passed().is_some() && token != Token::EOFToken {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::TagToken(tag) => self.tag(tag, line),
            Token::CharacterTokens(_) if self.vanishing.get() => TokenSinkResult::Continue,
            Token::CharacterTokens(_) | Token::EOFToken => self.builder.process_token(token, line),
            Token::DoctypeToken(_) | Token::CommentToken(_) | Token::NullCharacterToken | Token::ParseError(_) => {
                TokenSinkResult::Continue
            }
        }
    }

    fn end(&self) {
        self.builder.end();
    }
}
