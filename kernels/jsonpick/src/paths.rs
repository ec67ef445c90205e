//! JSON Pointers (RFC 6901), many of them as one tree.

use crate::bytes::same;
use std::borrow::Cow;
use std::ops::Range;

/// The tree of several paths. What two paths begin with alike is looked for once.
pub(crate) struct Paths {
    /// In the order of a walk that visits a node before its children; the first is the document.
    nodes: Vec<Node>,
    /// The lines of the paths, in the order of the nodes that they end at.
    order: Vec<u32>,
}

/// A value that some paths lead to or through.
struct Node {
    /// Its name in an object.
    name: Vec<u8>,
    /// The children by their names, in order.
    names: Vec<u32>,
    /// How long their names are: a bit for each length, and one for all that are longer.
    lengths: u64,
    /// The children by their places in an array, in order.
    places: Vec<(usize, u32)>,
    /// The paths that end here: a stretch of the order.
    ending: Range<usize>,
    /// The paths that lead here and further: the ending ones are the first of it.
    leading: Range<usize>,
    /// The node behind the last one below this one.
    end: u32,
}

/// More children than that are searched by halves.
const FEW: usize = 8;

impl Paths {
    /// Reads a path a line. Fails with the number of the first line that is none.
    pub(crate) fn new(lines: &str) -> Result<Self, u32> {
        let mut tokens = Vec::new();
        for (place, path) in (0..).zip(lines.split_terminator('\n')) {
            tokens.push((split(path).ok_or(place)?, place));
        }
        tokens.sort();
        let mut tree = Self {
            nodes: vec![Node {
                end: 1,
                ..Node::new(&[], 0)
            }],
            order: tokens.iter().map(|(_, place)| *place).collect(),
        };
        for (rank, (tokens, _)) in tokens.iter().enumerate() {
            tree.insert(tokens, rank);
        }
        for node in 0..tree.nodes.len() {
            let children = &tree.nodes[node].names;
            let place = |&child: &u32| Some((place(&tree.nodes[child as usize].name)?, child));
            let mut places: Vec<_> = children.iter().filter_map(place).collect();
            places.sort_unstable();
            tree.nodes[node].places = places;
        }
        Ok(tree)
    }

    /// Inserts the path of a rank; those of lower rank are in.
    fn insert(&mut self, tokens: &[Cow<'_, [u8]>], rank: usize) {
        let mut at = 0;
        for token in tokens {
            self.nodes[at].leading.end = rank + 1;
            // In their order, a path can only share the latest child with an earlier one.
            let latest = self.nodes[at].names.last().map(|&child| child as usize);
            at = match latest.filter(|&child| self.nodes[child].name == **token) {
                Some(child) => child,
                None => {
                    let child = self.nodes.len();
                    self.nodes.push(Node::new(token, rank));
                    self.nodes[at].names.push(child as u32);
                    self.nodes[at].lengths |= length(token);
                    child
                }
            };
        }
        let node = &mut self.nodes[at];
        node.leading.end = rank + 1;
        node.ending.end = rank + 1;
        let end = self.nodes.len() as u32;
        let mut at = 0;
        for _ in 0..=tokens.len() {
            self.nodes[at].end = end;
            at = match self.nodes[at].names.last() {
                Some(&child) => child as usize,
                None => break,
            };
        }
    }

    /// How many paths there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// How many nodes the tree has. The document is number 0.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Whether a path leads through the node.
    pub(crate) fn leads_on(&self, node: u32) -> bool {
        !self.nodes[node as usize].names.is_empty()
    }

    /// The lines of the paths that end at the node.
    pub(crate) fn ending(&self, node: u32) -> &[u32] {
        &self.order[self.nodes[node as usize].ending.clone()]
    }

    /// The lines of the paths that end at the node or below.
    pub(crate) fn leading(&self, node: u32) -> &[u32] {
        &self.order[self.nodes[node as usize].leading.clone()]
    }

    /// The nodes below the node.
    pub(crate) fn below(&self, node: u32) -> Range<usize> {
        node as usize + 1..self.nodes[node as usize].end as usize
    }

    /// The child of the node with a name.
    #[inline]
    pub(crate) fn named(&self, node: u32, name: &[u8]) -> Option<u32> {
        let Node { names, lengths, .. } = &self.nodes[node as usize];
        if lengths & length(name) == 0 {
            return None;
        }
        if names.len() <= FEW {
            let mut names = names.iter().copied();
            return names.find(|&child| same(&self.nodes[child as usize].name, name));
        }
        let found = names.binary_search_by(|&child| self.nodes[child as usize].name[..].cmp(name));
        found.ok().map(|at| names[at])
    }

    /// The children of the node by their places in an array, in order.
    pub(crate) fn places(&self, node: u32) -> &[(usize, u32)] {
        &self.nodes[node as usize].places
    }
}

impl Node {
    fn new(name: &[u8], rank: usize) -> Self {
        Self {
            name: name.to_vec(),
            names: Vec::new(),
            lengths: 0,
            places: Vec::new(),
            ending: rank..rank,
            leading: rank..rank,
            end: 0,
        }
    }
}

/// The bit of a name's length.
#[inline]
fn length(name: &[u8]) -> u64 {
    1 << name.len().min(63)
}

/// The names on a path, or none if it is no JSON Pointer.
fn split(path: &str) -> Option<Vec<Cow<'_, [u8]>>> {
    if path.is_empty() {
        return Some(Vec::new());
    }
    path.strip_prefix('/')?.split('/').map(unescape).collect()
}

fn unescape(token: &str) -> Option<Cow<'_, [u8]>> {
    let mut parts = token.split('~');
    let first = parts.next().unwrap_or_default();
    if first.len() == token.len() {
        return Some(Cow::Borrowed(token.as_bytes()));
    }
    let mut name = first.as_bytes().to_vec();
    for part in parts {
        let (escape, rest) = part.as_bytes().split_first()?;
        name.push(match escape {
            b'0' => b'~',
            b'1' => b'/',
            _ => return None,
        });
        name.extend_from_slice(rest);
    }
    Some(Cow::Owned(name))
}

/// The place in an array that a name stands for: digits without a zero in front.
fn place(name: &[u8]) -> Option<usize> {
    let place = match name {
        b"0" => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    place.then(|| std::str::from_utf8(name).ok()?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_at_slashes_and_its_names_unescaped() {
        let names = |path| -> Option<Vec<String>> {
            let text = |name: &Cow<'_, [u8]>| String::from_utf8(name.to_vec()).expect("a text");
            Some(split(path)?.iter().map(text).collect())
        };
        let want = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(names(""), want(&[]));
        assert_eq!(names("/"), want(&[""]));
        assert_eq!(names("/a//b"), want(&["a", "", "b"]));
        assert_eq!(names("/a~1b/m~0n/~01"), want(&["a/b", "m~n", "~1"]));
        for none in ["a", " /a", "/~", "/~2", "/a~", "/~/0"] {
            assert_eq!(names(none), None, "{none}");
        }
    }

    #[test]
    fn a_place_has_no_zero_in_front() {
        let places = ["0", "7", "10", "", "00", "01", "-1", "-", "1e0", "٣"];
        let places = places.map(|name| place(name.as_bytes()));
        assert_eq!(places[..3], [Some(0), Some(7), Some(10)]);
        assert!(places[3..].iter().all(Option::is_none), "{places:?}");
        assert_eq!(place(b"99999999999999999999999"), None);
    }

    #[test]
    fn paths_share_what_they_begin_with() {
        let paths = Paths::new("/b/c\n/a\n/b\n/a\n/b/10\n/b/9\n\n").expect("paths");
        assert_eq!(paths.nodes(), 6);
        assert_eq!(paths.ending(0), [6]);
        assert_eq!(paths.leading(0).len(), 7);
        let a = paths.named(0, b"a").expect("a child");
        assert_eq!(paths.ending(a), [1, 3]);
        assert!(!paths.leads_on(a));
        let b = paths.named(0, b"b").expect("a child");
        assert_eq!(paths.ending(b), [2]);
        assert_eq!(paths.leading(b), [2, 4, 5, 0]);
        assert_eq!(paths.below(b), 3..6);
        let places: Vec<usize> = paths.places(b).iter().map(|&(place, _)| place).collect();
        assert_eq!(places, [9, 10]);
        assert_eq!(paths.named(b, b"d"), None);
        assert_eq!(paths.below(a), 2..2);
        assert_eq!(paths.below(0), 1..6);
    }

    #[test]
    fn many_children_are_found_too() {
        let paths: Vec<String> = (0..100).map(|i| format!("/name{i}")).collect();
        let tree = Paths::new(&paths.join("\n")).expect("paths");
        for (i, path) in (0..).zip(&paths) {
            let child = tree.named(0, &path.as_bytes()[1..]).expect("a child");
            assert_eq!(tree.ending(child), [i]);
        }
        assert_eq!(tree.named(0, b"name100"), None);
    }
}
