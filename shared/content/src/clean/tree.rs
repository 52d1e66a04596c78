//! The tree that the parser builds, of the few elements that it is shown. It counts what it costs.

use std::{borrow::Cow, cell::RefCell};

use html5ever::{
    Attribute, ExpandedName, LocalName, Namespace, QualName,
    interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink},
    ns,
    tendril::StrTendril,
};

use crate::clean::{
    bounds::Spent,
    policy::{self, Element},
};

static HTML: Namespace = ns!(html);
const DOCUMENT: usize = 0;

/// A node's place, and its name, which the parser asks for all the time.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    at: usize,
    name: LocalName,
}

#[derive(Debug)]
pub(super) enum Data {
    Element { element: Element, attributes: Vec<Attribute> },
    Text(String),
}

#[derive(Debug)]
struct Node {
    data: Data,
    parent: Option<usize>,
    children: Vec<usize>,
    /// As it was put in. What is moved later may take its children to another depth; writing looks again.
    depth: usize,
}

#[derive(Debug)]
pub(super) struct Tree {
    nodes: RefCell<Vec<Node>>,
    spent: Spent,
}

impl Default for Tree {
    fn default() -> Self {
        let document = Data::Element { element: Element::Unwritten, attributes: Vec::new() };
        let tree = Self { nodes: RefCell::default(), spent: Spent::default() };
        tree.nodes.borrow_mut().push(Node { data: document, parent: None, children: Vec::new(), depth: 0 });
        tree
    }
}

/// As long as `text` is once it is written, where each `quote` counts for a character that is escaped.
fn written_len(text: &str, quote: u8) -> usize {
    let extra = |byte: &u8| match byte {
        b'&' => 4,
        b'<' | b'>' => 3,
        byte if *byte == quote => 5,
        _ => 0,
    };
    let spaces = text.matches('\u{a0}').count() * ("&nbsp;".len() - '\u{a0}'.len_utf8());
    text.len() + spaces + text.as_bytes().iter().map(extra).sum::<usize>()
}

impl Tree {
    pub(super) fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Gives each node to `visit`, a node's children between its two visits.
    pub(super) fn walk(&self, mut visit: impl FnMut(Visit<'_>)) {
        let nodes = self.nodes.borrow();
        let mut open: Vec<(usize, usize)> = vec![(DOCUMENT, 0)];
        while let Some((at, nth)) = open.pop() {
            let Some(node) = nodes.get(at) else { continue };
            match (&node.data, nth) {
                (Data::Text(text), _) => {
                    visit(Visit::Text(text));
                    continue;
                }
                (Data::Element { element, attributes }, 0) => visit(Visit::Start(element, attributes)),
                _ => {}
            }
            match (node.children.get(nth), &node.data) {
                (Some(child), _) => open.extend([(at, nth + 1), (*child, 0)]),
                (None, Data::Element { element, .. }) => visit(Visit::End(element)),
                (None, Data::Text(_)) => {}
            }
        }
    }

    /// Gives each element to `change`, in the order in which `walk` does.
    pub(super) fn change(&self, mut change: impl FnMut(&Element, &mut Vec<Attribute>)) {
        let mut nodes = self.nodes.borrow_mut();
        let mut open = vec![DOCUMENT];
        while let Some(at) = open.pop() {
            let Some(node) = nodes.get_mut(at) else { continue };
            if let Data::Element { element, attributes } = &mut node.data {
                change(element, attributes);
            }
            open.extend(node.children.iter().rev());
        }
    }

    fn add(&self, data: Data) -> usize {
        self.spent.node();
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { data, parent: None, children: Vec::new(), depth: 0 });
        nodes.len() - 1
    }

    /// Puts `child` among the children of `parent`, before the one in place `at`.
    fn insert(&self, parent: usize, at: usize, child: NodeOrText<Handle>) {
        let child = match child {
            NodeOrText::AppendNode(node) => node.at,
            NodeOrText::AppendText(text) => {
                self.spent.bytes(written_len(&text, b'&'));
                if self.prolonged(parent, at, &text) {
                    return;
                }
                self.add(Data::Text(text.into()))
            }
        };
        self.detach(child);
        let mut nodes = self.nodes.borrow_mut();
        let Some(above) = nodes.get_mut(parent) else { return };
        let depth = above.depth + 1;
        let at = at.min(above.children.len());
        self.spent.steps(above.children.len() - at);
        above.children.insert(at, child);
        if let Some(node) = nodes.get_mut(child) {
            (node.parent, node.depth) = (Some(parent), depth);
        }
        self.spent.depth(depth);
    }

    /// Adds `text` to the text that stands there already, if one does.
    fn prolonged(&self, parent: usize, at: usize, text: &str) -> bool {
        let mut nodes = self.nodes.borrow_mut();
        let before = nodes.get(parent).and_then(|node| node.children.get(at.checked_sub(1)?)).copied();
        let before = before.and_then(|before| nodes.get_mut(before));
        let Some(Node { data: Data::Text(before), .. }) = before else { return false };
        before.push_str(text);
        true
    }

    fn last(&self, parent: usize) -> usize {
        self.nodes.borrow().get(parent).map_or(0, |node| node.children.len())
    }

    /// The parent, and the place among its children.
    fn place(&self, at: usize) -> Option<(usize, usize)> {
        let nodes = self.nodes.borrow();
        let parent = nodes.get(at)?.parent?;
        let children = &nodes.get(parent)?.children;
        let place = children.iter().rposition(|child| *child == at)?;
        self.spent.steps(children.len() - place);
        Some((parent, place))
    }

    fn detach(&self, at: usize) {
        let Some((parent, place)) = self.place(at) else { return };
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes.get_mut(parent) {
            parent.children.remove(place);
        }
        if let Some(node) = nodes.get_mut(at) {
            node.parent = None;
        }
    }
}

/// What a walk comes by.
#[derive(Debug)]
pub(super) enum Visit<'a> {
    Start(&'a Element, &'a [Attribute]),
    Text(&'a str),
    End(&'a Element),
}

impl TreeSink for Tree {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle { at: DOCUMENT, name: LocalName::default() }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        self.spent.steps(1);
        ExpandedName { ns: &HTML, local: &target.name }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> Handle {
        let element = policy::element(&name.local);
        let inner: usize = attributes.iter().map(|one| one.name.local.len() + written_len(&one.value, b'"') + 4).sum();
        self.spent.bytes(element.tag_bytes() + inner);
        Handle { at: self.add(Data::Element { element, attributes }), name: name.local }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        Handle { at: self.add(Data::Text(String::new())), name: LocalName::default() }
    }

    fn create_pi(&self, _: StrTendril, data: StrTendril) -> Handle {
        self.create_comment(data)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.insert(parent.at, self.last(parent.at), child);
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        match self.place(element.at) {
            Some((parent, place)) => self.insert(parent, place, child),
            None => self.append(previous, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// No template is shown to the parser.
    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, one: &Handle, other: &Handle) -> bool {
        self.spent.steps(1);
        one.at == other.at
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(node) = &child {
            self.detach(node.at);
        }
        if let Some((parent, place)) = self.place(sibling.at) {
            self.insert(parent, place, child);
        }
    }

    /// Asked for `html` and `body` alone, which are not shown to the parser.
    fn add_attrs_if_missing(&self, _: &Handle, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.at);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let mut nodes = self.nodes.borrow_mut();
        let Some(moved) = nodes.get_mut(node.at).map(|node| std::mem::take(&mut node.children)) else { return };
        self.spent.steps(moved.len());
        let depth = nodes.get(new_parent.at).map_or(0, |parent| parent.depth + 1);
        for child in &moved {
            if let Some(child) = nodes.get_mut(*child) {
                (child.parent, child.depth) = (Some(new_parent.at), depth);
            }
        }
        if let Some(parent) = nodes.get_mut(new_parent.at) {
            parent.children.extend(moved);
        }
    }
}
