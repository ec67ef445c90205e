//! From a component's bytes to a kernel: validated, compiled, its imports found.

use crate::engine::Engine;
use crate::facts::{self, Facts};
use crate::fault::{Fault, FaultKind};
use crate::imports::LoadOptions;
use crate::kernel::Kernel;
use crate::pieces;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use wasmtime::component::Component;

impl Engine {
    /// Loads the bytes of a component: validates, compiles (or takes compiled code from the cache), links.
    ///
    /// Nothing is granted: a component that imports functions is refused with a fault of kind `policy`.
    pub fn load(&self, component: &[u8]) -> Result<Kernel, Fault> {
        self.load_with(component, &LoadOptions::default())
    }

    /// Loads the bytes of a component and grants it what `options` say; see [`LoadOptions`].
    ///
    /// An import that nobody grants, or a function that a grant lacks, is a fault of kind `policy`; one of another type is
    /// a fault of kind `contract`. Both name the import.
    pub fn load_with(&self, component: &[u8], options: &LoadOptions) -> Result<Kernel, Fault> {
        let (facts, compiled) = self.compile(component)?;
        self.holds(&compiled)
            .map_err(|fault| fault.in_kernel(&facts))?;
        Kernel::new(self, facts, &compiled, options)
    }

    /// What validation tells of a component, and its machine code.
    fn compile(&self, component: &[u8]) -> Result<(Facts, Component), Fault> {
        let digest = facts::digest(component);
        if let Some(cache) = self.cache()
            && let Some((facts, code)) = cache.get(&digest)
            // SAFETY: the code is what this user's own process wrote: the entry's authentication code says so. wasmtime
            // checks that the code was compiled by this version and for this configuration.
            && let Ok(component) = unsafe { Component::deserialize(self.wasmtime(), code) }
        {
            return Ok((facts, component));
        }
        let facts = Facts::of(component, self.config())?;
        let pieces = pieces::component(component).map_err(|error| {
            let (kind, why) = match error {
                pieces::Error::Unreadable(error) => (FaultKind::Internal, error.to_string()),
                pieces::Error::TooLarge(what) => (FaultKind::Limit, format!("{what} then")),
            };
            let message = format!("its bulk operations cannot be done in pieces: {why}");
            Fault::new(kind, message).in_kernel(&facts)
        })?;
        // Validation has passed, so what is left to fail is a limit of this engine's instances.
        let compiled = Component::new(self.wasmtime(), &pieces).map_err(|error| {
            Fault::new(
                FaultKind::Policy,
                format!(
                    "it needs more than an instance is granted: {}",
                    error.root_cause()
                ),
            )
            .in_kernel(&facts)
            .with_help(
                "raise Config::memory_limit or Config::table_limit, or build the kernel with less",
            )
        })?;
        if let Some(cache) = self.cache()
            && let Ok(code) = compiled.serialize()
        {
            // Where the entry cannot be kept, the next load compiles again: slower, not wrong.
            let _ = cache.put(&facts, &code);
        }
        Ok((facts, compiled))
    }

    /// Refuses what could never have an instance, however long one waited for others to end.
    fn holds(&self, component: &Component) -> Result<(), Fault> {
        // A component that imports core modules needs what they need; nobody grants those.
        let Some(needs) = component.resources_required() else {
            return Ok(());
        };
        let config = self.config();
        for (what, needed, most) in [
            ("memories", needs.num_memories, config.total_memories()),
            ("tables", needs.num_tables, config.total_tables()),
        ] {
            if needed > most {
                let message = format!(
                    "one instance needs {needed} {what}; the engine has {most} for all instances"
                );
                return Err(Fault::new(FaultKind::Policy, message)
                    .with_help("raise Config::max_instances: the engine has two for each"));
            }
        }
        Ok(())
    }

    /// Loads a component from a file; faults name the file.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine, FaultKind};
    /// # let engine = Engine::new(&Config::default())?;
    /// let fault = engine.load_file("no-such-file.wasm").unwrap_err();
    /// assert!(fault.to_string().contains("no-such-file.wasm"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn load_file(&self, path: impl AsRef<Path>) -> Result<Kernel, Fault> {
        self.load_file_with(path, &LoadOptions::default())
    }

    /// Loads a component from a file and grants it what `options` say; faults name the file.
    ///
    /// ```
    /// # fn main() -> Result<(), tenon_host::Fault> {
    /// # use tenon_host::{Config, Engine};
    /// use tenon_host::{LoadOptions, Wasi};
    ///
    /// let engine = Engine::new(&Config::default())?;
    /// let options = LoadOptions { wasi: Wasi::Stub, ..LoadOptions::default() };
    /// let path = "../../host-go/internal/fixture/scalar/scalar.wasm";
    /// let kernel = engine.load_file_with(path, &options)?;
    /// assert!(kernel.grants().is_empty(), "it imports nothing, so it uses no grant");
    /// # Ok(())
    /// # }
    /// ```
    pub fn load_file_with(
        &self,
        path: impl AsRef<Path>,
        options: &LoadOptions,
    ) -> Result<Kernel, Fault> {
        let path = path.as_ref();
        let limit = tenon_transpile::limits::INPUT_SIZE as u64;
        // No more is read than may be there: what is no file may have no end.
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
        if bytes.len() as u64 > limit {
            let message = format!("the file has more than {limit} bytes, which are the most");
            return Err(Fault::new(FaultKind::Limit, message).in_file(path.display().to_string()));
        }
        read.map_err(|error| {
            Fault::new(
                FaultKind::Malformed,
                format!("the file cannot be read: {error}"),
            )
            .in_file(path.display().to_string())
            .with_help("give the path of a component, as `tenon build` writes it")
            .with_source(error)
        })?;
        self.load_with(&bytes, options)
            .map_err(|fault| fault.in_file(path.display().to_string()))
    }
}
