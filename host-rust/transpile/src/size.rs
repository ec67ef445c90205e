//! What the core instances of a component have together, before they run.
//!
//! No engine asks how much the host wants to give when it makes tables, globals and functions, and none can be stopped
//! while it does. A module of 5 MB with a million globals can be instantiated a thousand times.

use crate::Options;
use crate::error::{Error, Kind};
use crate::limits;
use crate::module::Facts;
use crate::sections::TABLES;

/// What is in core instances.
#[derive(Default)]
pub(crate) struct Size {
    tables: u64,
    table_elements: u64,
    items: u64,
    data: u64,
    /// Whether there is an instruction that makes a table larger.
    grows: bool,
}

impl Size {
    /// Adds an instance of a module.
    pub(crate) fn add(&mut self, facts: &Facts<'_>) -> Result<(), Error> {
        let defined = facts.tables.iter().skip(facts.imported_tables);
        self.tables += defined.len() as u64;
        // Saturating: an element has a number of 32 bits, and the tables of a module are some hundred.
        self.table_elements += defined.sum::<u64>();
        self.items += facts.elements + u64::from(facts.functions) + facts.globals.len() as u64;
        self.data += facts.data;
        self.grows |= facts.hidden_state.contains("table.grow");
        let limits = [
            (
                self.table_elements,
                limits::ALL_TABLE_ELEMENTS,
                "table elements",
            ),
            (
                self.items,
                limits::INSTANCE_ITEMS,
                "functions, globals and elements of segments",
            ),
            (self.data, limits::INSTANCE_DATA, "bytes of data segments"),
        ];
        match limits.iter().find(|(has, limit, _)| has > limit) {
            Some((_, limit, what)) => Err(Error::limit(
                &format!("the core instances together have too many {what}"),
                *limit as usize,
            )
            .help("A core module that is instantiated several times counts each time.")),
            None => Ok(()),
        }
    }

    /// The most elements that each table may grow to, so that all together stay within their limit; `None` where no
    /// table grows.
    pub(crate) fn table_maximum(&self, options: &Options) -> Option<u32> {
        let left = limits::ALL_TABLE_ELEMENTS.saturating_sub(self.table_elements);
        let share = left / self.tables.max(1);
        self.grows.then_some(
            u32::try_from(share)
                .unwrap_or(u32::MAX)
                .min(options.table_elements),
        )
    }
}

/// Refuses a module with a table that starts larger than a host wants.
pub(crate) fn check_tables(facts: &Facts<'_>, options: &Options) -> Result<(), Error> {
    let defined = facts.tables.iter().enumerate().skip(facts.imported_tables);
    for (index, elements) in defined {
        if *elements > u64::from(options.table_elements) {
            return Err(Error::new(
                Kind::Policy,
                format!(
                    "table {index} starts with {elements} elements (the limit is {})",
                    options.table_elements
                ),
            )
            .at(facts.section(TABLES).map_or(0, |section| section.start))
            .help("A table holds what is called by pointer: a kernel needs as many elements as it has functions. Link it without a larger table."));
        }
    }
    Ok(())
}
