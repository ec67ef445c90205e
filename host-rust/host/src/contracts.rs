//! The contracts that Tenon brings along.

/// User-agent strings, by the contract `tenon:useragent`.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine, contracts::useragent};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/useragent/useragent-1.0.0.wasm")?;
/// let slot = engine.slot::<useragent::Contract>("ua").kernel(&kernel).instances(1).build()?;
/// let agent = slot.call(|k| k.parse("curl/8.5.0"))?;
/// assert_eq!((&*agent.browser.family, agent.browser.major.as_deref()), ("curl", Some("8")));
/// # Ok(())
/// # }
/// ```
pub mod useragent {
    crate::contract! {
        wit: "../../wit/useragent",
        package: "tenon:useragent@1.0.0",
        interface: tenon::useragent::parser,
        /// Parsing of user-agent strings.
        pub trait Parser {
            /// Parses one user-agent string; every string has an answer.
            fn parse(ua: &str) -> Agent => call_parse;
            /// Parses many user-agent strings in one call; answers stand in the order of the arguments.
            fn parse_all(uas: &[&str]) -> Vec<Agent> => call_parse_all;
        }
    }
}

/// Redaction of log text, by the contract `tenon:redact`.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine, contracts::redact};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/redact/redact-1.0.0.wasm")?;
/// let slot = engine.slot::<redact::Contract>("logs").kernel(&kernel).build()?;
/// assert_eq!(slot.call(|k| k.redact("login from 192.0.2.7"))?.text, "login from <ipv4>");
/// # Ok(())
/// # }
/// ```
pub mod redact {
    crate::contract! {
        wit: "../../wit/redact",
        package: "tenon:redact@1.0.0",
        interface: tenon::redact::redactor,
        /// The redaction of log text.
        pub trait Redactor {
            /// Masks every finding in the text.
            fn redact(text: &str) -> Redaction => call_redact;
        }
    }
}

/// The edit distance of texts, by the contract `tenon:editdistance`.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::contracts::editdistance::{self, Match};
/// use tenon_host::{Config, Engine};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/editdistance/editdistance-1.0.0.wasm")?;
/// let slot = engine.slot::<editdistance::Contract>("names").kernel(&kernel).build()?;
/// let near = slot.call(|k| k.nearest_lines("Jon", "John\nMary\nJan", 1))?;
/// assert_eq!(near, [Match { index: 0, distance: 1 }, Match { index: 2, distance: 1 }]);
/// # Ok(())
/// # }
/// ```
pub mod editdistance {
    crate::contract! {
        wit: "../../wit/editdistance",
        package: "tenon:editdistance@1.0.0",
        interface: tenon::editdistance::comparer,
        /// Comparing texts by their Levenshtein distance, in Unicode scalar values.
        pub trait Comparer {
            /// The distance of two texts.
            fn distance(a: &str, b: &str) -> u32 => call_distance;
            /// The distance of two texts if it is at most `cutoff`, and none otherwise.
            fn within(a: &str, b: &str, cutoff: u32) -> Option<u32> => call_within;
            /// The distance of the query from each of the candidates, in their order.
            fn distances(query: &str, candidates: &[&str]) -> Vec<u32> => call_distances;
            /// The candidates whose distance from the query is at most `cutoff`, the nearest first.
            fn nearest(query: &str, candidates: &[&str], cutoff: u32) -> Vec<Match> => call_nearest;
            /// The same for candidates that are the lines of one text: that crosses into a kernel much faster than many texts.
            fn nearest_lines(query: &str, lines: &str, cutoff: u32) -> Vec<Match> => call_nearest_lines;
        }
    }
}

/// Fuzzy ranking of lines, by the contract `tenon:fuzzyrank`.
///
/// An index is a [`Resource`](crate::Resource), as those of [`topk`].
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine, contracts::fuzzyrank};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/fuzzyrank/fuzzyrank-1.0.0.wasm")?;
/// let slot = engine.slot::<fuzzyrank::Contract>("picker").kernel(&kernel).build()?;
/// let pin = slot.pin()?;
/// let index = pin.index("src/pool.rs\nsrc/slot.rs\nREADME.md")?;
/// let found = pin.rank_index(&index, "slo", 10)?.expect("a short query");
/// assert_eq!((found.total, found.best[0].index), (1, 1));
/// assert_eq!(pin.positions("slo", "src/slot.rs")?, Ok(Some(vec![4, 5, 6])));
/// # Ok(())
/// # }
/// ```
pub mod fuzzyrank {
    crate::contract! {
        wit: "../../wit/fuzzyrank",
        package: "tenon:fuzzyrank@1.0.0",
        interface: tenon::fuzzyrank::ranker,
        resources: [Index],
        /// Which lines match a query, and how well.
        pub trait Ranker {
            /// The best lines of a text, at most `limit`. The text travels with each call; an index keeps it in the kernel.
            fn rank(query: &str, lines: &str, limit: u32) -> Result<Ranking, Failure> => call_rank;
            /// Where the query matches one line: the bytes at which characters of its best match begin.
            fn positions(query: &str, line: &str) -> Result<Option<Vec<u32>>, Failure> => call_positions;
            /// The lines of a text, kept in the kernel, so that only queries travel.
            fn index(lines: &str) -> Resource<'_, Index> => index.call_constructor;
            /// The best lines of an index, at most `limit`.
            fn rank_index(
                index: &Resource<'_, Index>, query: &str, limit: u32,
            ) -> Result<Ranking, Failure> => index.call_rank;
        }
    }
}

/// H3, the hierarchical grid of hexagons on the earth, by the contract `tenon:geohex`.
///
/// What the contract refuses is an answer:
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::contracts::geohex::{self, Failure, LatLng};
/// use tenon_host::{Config, Engine};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/geohex/geohex-1.0.0.wasm")?;
/// let slot = engine.slot::<geohex::Contract>("places").kernel(&kernel).build()?;
/// let paris = LatLng { lat: 48.864716, lng: 2.349014 };
/// assert_eq!(slot.call(|k| k.lat_lng_to_cell(paris, 9))?, Ok(0x891_fb46_62d7_ffff));
/// assert_eq!(slot.call(|k| k.lat_lng_to_cell(paris, 16))?, Err(Failure::Resolution(16)));
/// # Ok(())
/// # }
/// ```
pub mod geohex {
    crate::contract! {
        wit: "../../wit/geohex",
        package: "tenon:geohex@1.0.0",
        interface: tenon::geohex::grid,
        /// Cells of the grid, by the names that H3 has for what can be done with them. Coordinates are in degrees.
        pub trait Grid {
            /// The cell around a place, at a resolution from 0 to 15.
            fn lat_lng_to_cell(at: LatLng, resolution: u8) -> Result<u64, Failure> => call_lat_lng_to_cell;
            /// The cells around many places, in their order.
            fn lat_lngs_to_cells(at: &[LatLng], resolution: u8) -> Result<Vec<u64>, Failure> => call_lat_lngs_to_cells;
            /// The centre of a cell.
            fn cell_to_lat_lng(cell: u64) -> Result<LatLng, Failure> => call_cell_to_lat_lng;
            /// The corners of a cell, counterclockwise, and where its edges bend: 5 to 10.
            fn cell_to_boundary(cell: u64) -> Result<Vec<LatLng>, Failure> => call_cell_to_boundary;
            /// The cell of a coarser resolution, or the same, that a cell belongs to.
            fn cell_to_parent(cell: u64, resolution: u8) -> Result<u64, Failure> => call_cell_to_parent;
            /// The parents of many cells, in their order.
            fn cells_to_parents(cells: &[u64], resolution: u8) -> Result<Vec<u64>, Failure> => call_cells_to_parents;
            /// The cells that are at most k steps away, itself first and those that are nearer before those that are farther.
            fn grid_disk(cell: u64, k: u32) -> Result<Vec<u64>, Failure> => call_grid_disk;
        }
    }
}

/// Values out of JSON, by the contract `tenon:jsonpick`.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::contracts::jsonpick::{self, Kind};
/// use tenon_host::{Config, Engine};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/jsonpick/jsonpick-1.0.0.wasm")?;
/// let slot = engine.slot::<jsonpick::Contract>("events").kernel(&kernel).build()?;
/// let event = br#"{"id": 7, "user": {"name": "Ada"}}"#;
/// let found = slot.call(|k| k.pick("/user/name\n/user/age", event))?.expect("valid JSON");
/// assert_eq!(&event[found[0].start as usize..found[0].end as usize], br#""Ada""#);
/// assert_eq!(found[1].kind, Kind::Absent);
/// # Ok(())
/// # }
/// ```
pub mod jsonpick {
    crate::contract! {
        wit: "../../wit/jsonpick",
        package: "tenon:jsonpick@1.0.0",
        interface: tenon::jsonpick::picker,
        /// Picking values out of JSON documents. Paths are JSON Pointers, a line each.
        pub trait Picker {
            /// The value at each of the paths, in their order: where it stands in the document.
            fn pick(paths: &str, document: &[u8]) -> Result<Vec<Value>, Failure> => call_pick;
            /// The same for many documents, each on a line. One with a mistake takes nothing away from the others.
            fn pick_lines(paths: &str, documents: &[u8]) -> Result<Table, Failure> => call_pick_lines;
        }
    }
}

/// Small pictures of large ones, by the contract `tenon:thumbnail`.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::contracts::thumbnail::{self, Failure, Filter, Fit, Layout, Pixels, Sides, Target};
/// use tenon_host::{Config, Engine};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/thumbnail/thumbnail-1.0.0.wasm")?;
/// let slot = engine.slot::<thumbnail::Contract>("pictures").kernel(&kernel).build()?;
/// let source = Pixels { layout: Layout::Gray, width: 2, height: 2, stride: 2, data: vec![0, 100, 100, 200] };
/// let to = |width| Target { width, height: 1, fit: Fit::Stretch, filter: Filter::Box };
/// assert_eq!(slot.call(|k| k.resize(&source, to(1)))?.expect("sides within the limits").data, [100]);
/// let refused = slot.call(|k| k.resize(&source, to(0)))?;
/// assert_eq!(refused, Err(Failure::Target(Sides { width: 0, height: 1 })));
/// # Ok(())
/// # }
/// ```
pub mod thumbnail {
    crate::contract! {
        wit: "../../wit/thumbnail",
        package: "tenon:thumbnail@1.0.0",
        interface: tenon::thumbnail::thumbnailer,
        /// Makes pictures smaller, and files of them.
        pub trait Thumbnailer {
            /// The picture, resized, in the source's layout.
            fn resize(source: &Pixels, to: Target) -> Result<Pixels, Failure> => call_resize;
            /// The picture, resized, as a file.
            fn thumbnail(source: &Pixels, to: Target, kind: Encoding) -> Result<Encoded, Failure> => call_thumbnail;
            /// The picture of a JPEG or PNG file, resized, as a file without metadata.
            fn thumbnail_file(file: &[u8], to: Target, kind: Encoding) -> Result<Encoded, Failure> => call_thumbnail_file;
        }
    }
}

/// Exact search for the most similar vectors, by the contract `tenon:topk`.
///
/// An index is a [`Resource`](crate::Resource): it lives in the instance that made it, and so as long as a call, or as a
/// [pin](crate::Slot::pin) of that instance, which stays on its version. Whoever holds one for long gives it back now and then, and makes
/// the index again on the version then in force.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tenon_host::contracts::topk::{self, Failure, Metric};
/// use tenon_host::{Config, Engine};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/topk/topk-1.0.0.wasm")?;
/// let slot = engine.slot::<topk::Contract>("similar").kernel(&kernel).build()?;
///
/// let pin = slot.pin()?;
/// let index = pin.int8_index(&[1, 0, 0, 1, 3, 4], 2, Metric::Cosine)?;     // three rows of two elements
/// let index = index.map_err(|failure| format!("{failure:?}"))?;
/// let hits = pin.search_int8_index(&index, &[6, 8], 1)?;
/// assert_eq!(hits.unwrap()[0].row, 2);
/// assert_eq!(pin.search_int8_index(&index, &[6, 8], 4)?, Err(Failure::K(4)));
/// # Ok(())
/// # }
/// ```
pub mod topk {
    crate::contract! {
        wit: "../../wit/topk",
        package: "tenon:topk@1.0.0",
        interface: tenon::topk::searcher,
        resources: [Int8Index, Float32Index],
        /// The rows of a matrix that are most similar to a query, the most similar first. Every row is compared.
        pub trait Searcher {
            /// The k rows that are most similar to the query. The matrix travels with each call; an index keeps it in the kernel.
            fn search_int8(
                matrix: &[i8], dims: u32, query: &[i8], metric: Metric, k: u32,
            ) -> Result<Vec<Hit>, Failure> => call_search_int8;
            /// The same of float32.
            fn search_float32(
                matrix: &[f32], dims: u32, query: &[f32], metric: Metric, k: u32,
            ) -> Result<Vec<Hit>, Failure> => call_search_float32;
            /// A matrix of int8 that stays in the kernel, so that only queries travel.
            fn int8_index(
                matrix: &[i8], dims: u32, metric: Metric,
            ) -> Result<Resource<'_, Int8Index>, Failure> => int8_index.call_constructor;
            /// The k rows of an index that are most similar to the query.
            fn search_int8_index(
                index: &Resource<'_, Int8Index>, query: &[i8], k: u32,
            ) -> Result<Vec<Hit>, Failure> => int8_index.call_search;
            /// A matrix of float32 that stays in the kernel, so that only queries travel.
            fn float32_index(
                matrix: &[f32], dims: u32, metric: Metric,
            ) -> Result<Resource<'_, Float32Index>, Failure> => float32_index.call_constructor;
            /// The k rows of an index that are most similar to the query.
            fn search_float32_index(
                index: &Resource<'_, Float32Index>, query: &[f32], k: u32,
            ) -> Result<Vec<Hit>, Failure> => float32_index.call_search;
        }
    }
}

/// The validity of UTF-8, by the contract `tenon:utf8check`: a call that is not worth a kernel.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// use tenon_host::{Config, Engine, contracts::utf8check};
///
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/kernels/utf8check/utf8check-1.0.0.wasm")?;
/// let slot = engine.slot::<utf8check::Contract>("text").kernel(&kernel).build()?;
/// assert_eq!(slot.call(|k| k.first_error(b"ab\xff"))?, Some(2));
/// # Ok(())
/// # }
/// ```
pub mod utf8check {
    crate::contract! {
        wit: "../../wit/utf8check",
        package: "tenon:utf8check@1.0.0",
        interface: tenon::utf8check::checker,
        /// Checking bytes that claim to be text.
        pub trait Checker {
            /// Where the first byte stands that is part of no character, from 0; none when all of it is UTF-8.
            fn first_error(bytes: &[u8]) -> Option<u32> => call_first_error;
        }
    }
}

/// The smallest calls there are, by the contract `tenon:scalar`.
pub mod scalar {
    crate::contract! {
        wit: "../../wit/scalar",
        package: "tenon:scalar@1.0.0",
        interface: tenon::scalar::calls,
        /// Scalars in and out, and bytes and strings handed back.
        pub trait Calls {
            /// The wrapping sum of two numbers.
            fn add(a: u32, b: u32) -> u32 => call_add;
            /// The wrapping sum of a list.
            fn sum(values: &[u32]) -> u64 => call_sum;
            /// The given bytes.
            fn echo_bytes(bytes: &[u8]) -> Vec<u8> => call_echo_bytes;
            /// The given string.
            fn echo_string(text: &str) -> String => call_echo_string;
            /// Always traps: a panic with the given message.
            fn fail(message: &str) => call_fail;
        }
    }
}
