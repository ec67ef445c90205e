//! The walk through a document beside the tree of paths: what no path leads to is only checked.

use crate::bytes::Bytes;
use crate::name::unescape;
use crate::paths::Paths;
use crate::scan::{Scan, Scanned};
use crate::{Kind, MAX_DEPTH, Mistake, Reason, Value};

/// What a walk needs besides the document; kept from one document to the next for its memory only.
pub(crate) struct Walk {
    scan: Scan,
    /// The containers that the walk is in, each with a path that leads on.
    open: Vec<Open>,
    /// The nodes that were met since the one above each was.
    met: Vec<bool>,
}

struct Open {
    node: u32,
    object: bool,
    /// In an array: how many elements are behind.
    behind: usize,
    /// In an array: how many of the node's places are.
    found: usize,
}

/// What comes next.
enum Next {
    /// A value at a node.
    Value(u32),
    /// A member or element of the innermost container.
    Part,
    /// What follows a value.
    Behind,
}

/// A byte and its place.
type Found = (usize, u8);

impl Walk {
    pub(crate) fn new(paths: &Paths) -> Self {
        Self {
            scan: Scan::default(),
            open: Vec::new(),
            met: vec![false; paths.nodes()],
        }
    }

    /// Walks through the document that is the whole of the bytes from `at` on. All values are absent before.
    pub(crate) fn document(
        &mut self,
        paths: &Paths,
        bytes: &[u8],
        at: usize,
        values: &mut [Value],
    ) -> Scanned<()> {
        self.open.clear();
        self.scan.restart();
        let bytes = Bytes(bytes);
        let mut at = bytes.look(at);
        let mut next = Next::Value(0);
        loop {
            match next {
                Next::Value(node) => {
                    self.meet(paths, node, values);
                    (at, next) = self.value(paths, bytes, at, node, values)?;
                }
                Next::Part => (at, next) = self.part(paths, bytes, at)?,
                Next::Behind => {
                    let Some(inside) = self.open.last() else {
                        break;
                    };
                    match (at.1, inside.object) {
                        (b',', _) => {
                            at = bytes.look(at.0 + 1);
                            next = Next::Part;
                        }
                        (b'}', true) | (b']', false) => {
                            for &path in paths.ending(inside.node) {
                                values[path as usize].end = at.0 as u32 + 1;
                            }
                            self.open.pop();
                            at = bytes.look(at.0 + 1);
                        }
                        _ => return Err(bytes.unexpected(at.0)),
                    }
                }
            }
        }
        if at.0 < bytes.0.len() {
            return Err(bytes.unexpected(at.0));
        }
        Ok(())
    }

    /// Forgets what was found at a node and below if the value is not the first one there.
    #[inline(always)]
    fn meet(&mut self, paths: &Paths, node: u32, values: &mut [Value]) {
        if std::mem::replace(&mut self.met[node as usize], true) {
            for &path in paths.leading(node) {
                values[path as usize] = Value::default();
            }
            self.met[paths.below(node)].fill(false);
        }
    }

    /// A value at a node: gone into if it is a container that a path leads on in.
    #[inline(always)]
    fn value(
        &mut self,
        paths: &Paths,
        bytes: Bytes<'_>,
        (at, first): Found,
        node: u32,
        values: &mut [Value],
    ) -> Scanned<(Found, Next)> {
        let kind = Kind::of(first);
        let container = matches!(kind, Kind::Array | Kind::Object);
        let enter = container && paths.leads_on(node);
        let end = if enter {
            if self.open.len() == MAX_DEPTH {
                return Err(Mistake::new(at, Reason::TooDeep));
            }
            self.open.push(Open {
                node,
                object: kind == Kind::Object,
                behind: 0,
                found: 0,
            });
            at + 1
        } else {
            self.scan.value(bytes, (at, first), self.open.len())?
        };
        for &path in paths.ending(node) {
            values[path as usize] = Value {
                kind,
                start: at as u32,
                end: end as u32,
            };
        }
        let behind = bytes.look(end);
        // A closing bracket is the opening one's code and two.
        if enter && behind.1 != first + 2 {
            return Ok((behind, Next::Part));
        }
        Ok((behind, Next::Behind))
    }

    /// A member or an element: at a node, or only checked.
    #[inline(always)]
    fn part(
        &mut self,
        paths: &Paths,
        bytes: Bytes<'_>,
        (at, first): Found,
    ) -> Scanned<(Found, Next)> {
        let depth = self.open.len();
        let Some(inside) = self.open.last_mut() else {
            return Ok(((at, first), Next::Behind));
        };
        let (found, node) = if inside.object {
            let (end, plain, value) = self.scan.name(bytes, at, first)?;
            let name = &bytes.0[at + 1..end - 1];
            let node = if plain {
                paths.named(inside.node, name)
            } else {
                paths.named(inside.node, &unescape(name))
            };
            (value, node)
        } else {
            let wanted = paths.places(inside.node).get(inside.found);
            let node = wanted.filter(|(place, _)| *place == inside.behind);
            inside.behind += 1;
            inside.found += usize::from(node.is_some());
            ((at, first), node.map(|&(_, node)| node))
        };
        if let Some(node) = node {
            return Ok((found, Next::Value(node)));
        }
        let end = self.scan.value(bytes, found, depth)?;
        Ok((bytes.look(end), Next::Behind))
    }
}
