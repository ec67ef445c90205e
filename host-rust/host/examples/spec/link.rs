//! What one component instance exports, as something that others may import.
//!
//! Every instance has a store of its own, since a trap ends all that a store holds. So functions go through the host, and
//! a resource goes by a number: the importer knows the resource as one of the host's, represented by the number under
//! which the instance that defines it is held here.

use crate::environment::{self, Drops, Resource1, Resource2};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenon_host::wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use tenon_host::wasmtime::component::{
    Component, ComponentExportIndex, Func, Instance, Linker, LinkerInstance, Resource, ResourceAny,
    ResourceDynamic, ResourceType, Val,
};
use tenon_host::wasmtime::{
    Engine, Result, Store, StoreContextMut, Trap, bail, ensure, format_err,
};

/// An instance and its store.
pub(crate) struct Running {
    pub(crate) store: Store<()>,
    pub(crate) instance: Instance,
    component: Component,
    /// All that it imports is core modules of such instances.
    pub(crate) closed: bool,
    /// A call has ended in a trap: there will be no other.
    pub(crate) trapped: bool,
    /// The resources that other instances own.
    lent: HashMap<u32, ResourceAny>,
    last: u32,
}

/// An instance that others may hold on to.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Running>>);

impl Shared {
    pub(crate) fn new(store: Store<()>, instance: Instance, component: &Component) -> Shared {
        Shared(Arc::new(Mutex::new(Running {
            store,
            instance,
            component: component.clone(),
            closed: false,
            trapped: false,
            lent: HashMap::new(),
            last: 0,
        })))
    }

    /// Whether an import of this instance asks for a core module that it has.
    pub(crate) fn lends_module(&self, wanted: &ComponentItem) -> bool {
        let running = self.lock();
        let engine = running.store.engine();
        let component = running.component.component_type();
        let ComponentItem::ComponentInstance(wanted) = wanted else {
            return false;
        };
        wanted.exports(engine).any(|(name, wanted)| {
            let found = component.get_export(engine, name);
            found.is_some_and(|found| asks_for_module(&wanted.ty, &found.ty, engine))
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Calls a function and keeps in mind how it ended.
    pub(crate) fn call(&mut self, func: Func, args: &[Val]) -> Result<Vec<Val>> {
        let mut results = vec![Val::Bool(false); func.ty(&self.store).results().len()];
        if self.trapped {
            // The engine lets an instance be called again whose result was no value; a host does not.
            bail!(Trap::CannotEnterComponent);
        }
        let called = func.call(&mut self.store, args, &mut results);
        self.trapped |= called.is_err();
        called.map(|()| results)
    }

    /// A resource of this instance that others hold; an own handle takes it back.
    fn take(&mut self, handle: &Handle) -> Result<ResourceAny> {
        let found = if handle.owned {
            self.lent.remove(&handle.rep)
        } else {
            self.lent.get(&handle.rep).copied()
        };
        found.ok_or_else(|| format_err!("there is no resource {}", handle.rep))
    }
}

/// The resource types of a suite, each known by its number.
#[derive(Clone, Default)]
pub(crate) struct Resources(Arc<Mutex<Vec<(ResourceType, Shared)>>>);

/// The numbers of the environment's own two resources.
const RESOURCE1: u32 = 0;
const RESOURCE2: u32 = 1;

impl Resources {
    fn guests(&self) -> MutexGuard<'_, Vec<(ResourceType, Shared)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a resource type of `owner`'s, or of one that `owner` imports.
    fn number(&self, ty: ResourceType, owner: &Shared) -> u32 {
        if ty == ResourceType::host::<Resource1>() {
            return RESOURCE1;
        }
        if ty == ResourceType::host::<Resource2>() {
            return RESOURCE2;
        }
        let mut guests = self.guests();
        let found = (RESOURCE2 + 1..)
            .zip(guests.iter())
            .find(|(number, guest)| guest.0 == ty || ResourceType::host_dynamic(*number) == ty);
        if let Some((number, _)) = found {
            return number;
        }
        guests.push((ty, owner.clone()));
        RESOURCE2 + guests.len() as u32
    }

    /// Who defines a resource type; the host where that is none.
    fn definer(&self, number: u32) -> Option<Shared> {
        let index = number.checked_sub(RESOURCE2 + 1)?;
        let guests = self.guests();
        guests.get(index as usize).map(|(_, owner)| owner.clone())
    }
}

/// The type by which importers know a resource.
fn imported(number: u32) -> ResourceType {
    match number {
        RESOURCE1 => ResourceType::host::<Resource1>(),
        RESOURCE2 => ResourceType::host::<Resource2>(),
        number => ResourceType::host_dynamic(number),
    }
}

/// A resource on its way from one store to another.
struct Handle {
    number: u32,
    rep: u32,
    owned: bool,
}

impl Handle {
    /// Takes an imported resource out of a store.
    fn leave(any: ResourceAny, store: &mut StoreContextMut<'_, ()>) -> Result<Handle> {
        let plain = |rep, owned, number| Handle { number, rep, owned };
        if any.ty() == imported(RESOURCE1) {
            let resource = Resource::<Resource1>::try_from_resource_any(any, store)?;
            return Ok(plain(resource.rep(), resource.owned(), RESOURCE1));
        }
        let resource = ResourceDynamic::try_from_resource_any(any, store)?;
        Ok(plain(resource.rep(), resource.owned(), resource.ty()))
    }

    /// Puts an imported resource into a store, which then owns it.
    fn enter(&self, store: &mut StoreContextMut<'_, ()>) -> Result<ResourceAny> {
        if self.number == RESOURCE1 {
            return Resource::<Resource1>::new_own(self.rep).try_into_resource_any(store);
        }
        ResourceDynamic::new_own(self.rep, self.number).try_into_resource_any(store)
    }
}

/// What a linker needs to know beside the instances.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) drops: Arc<Drops>,
    pub(crate) resources: Resources,
}

impl World {
    /// Makes all exports of an instance importable under a name.
    pub(crate) fn define(
        &self,
        linker: &mut Linker<()>,
        name: &str,
        shared: &Shared,
    ) -> Result<()> {
        let (component, engine) = (shared.lock().component.clone(), linker.engine().clone());
        let ty = component.component_type();
        let exports: Vec<_> = ty
            .exports(&engine)
            .map(|(n, e)| (n.to_owned(), e.ty))
            .collect();
        self.exports(&mut linker.instance(name)?, shared, None, exports)
    }

    fn exports(
        &self,
        linker: &mut LinkerInstance<'_, ()>,
        shared: &Shared,
        parent: Option<&ComponentExportIndex>,
        exports: Vec<(String, ComponentItem)>,
    ) -> Result<()> {
        for (name, item) in exports {
            let mut running = shared.lock();
            let Running {
                store, instance, ..
            } = &mut *running;
            let engine = store.engine().clone();
            let Some(index) = instance.get_export_index(&mut *store, parent, &name) else {
                continue;
            };
            match item {
                ComponentItem::ComponentFunc(_) => {
                    let func = instance.get_func(&mut *store, index);
                    if let Some(func) = func {
                        let (world, shared) = (self.clone(), shared.clone());
                        linker.func_new(&name, move |store, _, args, results| {
                            world.call(store, (&shared, func), args, results)
                        })?;
                    }
                }
                ComponentItem::Resource(_) => {
                    let ty = instance.get_resource(&mut *store, index);
                    let ty = ty.ok_or_else(|| format_err!("{name} is no resource"))?;
                    drop(running);
                    let number = self.resources.number(ty, shared);
                    let world = self.clone();
                    linker.resource(&name, imported(number), move |_, rep| {
                        world.destroy(number, rep)
                    })?;
                }
                ComponentItem::Module(_) => {
                    if let Some(module) = instance.get_module(&mut *store, index) {
                        linker.module(&name, &module)?;
                    }
                }
                ComponentItem::ComponentInstance(ty) => {
                    drop(running);
                    let exports = ty
                        .exports(&engine)
                        .map(|(n, e)| (n.to_owned(), e.ty))
                        .collect();
                    self.exports(&mut linker.instance(&name)?, shared, Some(&index), exports)?;
                }
                // Nothing of these is left at run time.
                ComponentItem::Type(_)
                | ComponentItem::Component(_)
                | ComponentItem::CoreFunc(_) => {}
            }
        }
        Ok(())
    }

    /// Calls a function of another store.
    fn call(
        &self,
        mut from: StoreContextMut<'_, ()>,
        (shared, func): (&Shared, Func),
        args: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let mut running = shared.lock();
        let mut lowered = Vec::new();
        // A borrow is of something that the store owns: here, of an own handle for the time of the call.
        let mut borrowed = Vec::new();
        for arg in args {
            lowered.push(each_resource(arg, &mut |any| {
                let handle = Handle::leave(any, &mut from)?;
                if self.defines(shared, &handle) {
                    return running.take(&handle);
                }
                let any = handle.enter(&mut (&mut running.store).into())?;
                if !handle.owned {
                    borrowed.push(any);
                }
                Ok(any)
            })?);
        }
        let returned = running.call(func, &lowered)?;
        for any in borrowed {
            Handle::leave(any, &mut (&mut running.store).into())?;
        }
        for (slot, value) in results.iter_mut().zip(&returned) {
            *slot = each_resource(value, &mut |any| {
                let handle = self.depart(any, shared, &mut running)?;
                handle.enter(&mut from)
            })?;
        }
        Ok(())
    }

    /// Whether a resource is of the instance's own making.
    fn defines(&self, shared: &Shared, handle: &Handle) -> bool {
        let definer = self.resources.definer(handle.number);
        definer.is_some_and(|definer| Arc::ptr_eq(&definer.0, &shared.0))
    }

    /// Takes a resource from the instance that was called.
    fn depart(&self, any: ResourceAny, from: &Shared, running: &mut Running) -> Result<Handle> {
        let number = self.resources.number(any.ty(), from);
        if any.ty() == imported(number) {
            return Handle::leave(any, &mut (&mut running.store).into());
        }
        running.last += 1;
        running.lent.insert(running.last, any);
        Ok(Handle {
            number,
            rep: running.last,
            owned: true,
        })
    }

    /// Ends a resource that an importer owned.
    fn destroy(&self, number: u32, rep: u32) -> Result<()> {
        let Some(definer) = self.resources.definer(number) else {
            if number == RESOURCE1 {
                self.drops.note(rep);
            }
            return Ok(());
        };
        let running = &mut *definer.lock();
        let any = running.lent.remove(&rep);
        let any = any.ok_or_else(|| format_err!("there is no resource {rep}"))?;
        let dropped = any.resource_drop(&mut running.store);
        running.trapped |= dropped.is_err();
        dropped
    }

    /// Refuses imports of functions whose types are not those of the functions that are exported: the engine leaves that
    /// to the call for functions of dynamic type.
    pub(crate) fn check(&self, item: &ComponentItem, name: &str, shared: &Shared) -> Result<()> {
        let ComponentItem::ComponentInstance(wanted) = item else {
            bail!("{name} is an instance");
        };
        let engine = shared.lock().store.engine().clone();
        let wanted: Vec<_> = wanted
            .exports(&engine)
            .map(|(n, e)| (n.to_owned(), e.ty))
            .collect();
        self.check_exports(shared, None, wanted)
    }

    fn check_exports(
        &self,
        shared: &Shared,
        parent: Option<&ComponentExportIndex>,
        wanted: Vec<(String, ComponentItem)>,
    ) -> Result<()> {
        for (name, wanted) in wanted {
            let mut running = shared.lock();
            let Running {
                store, instance, ..
            } = &mut *running;
            let Some(index) = instance.get_export_index(&mut *store, parent, &name) else {
                continue;
            };
            match wanted {
                ComponentItem::ComponentFunc(wanted) => {
                    let func = instance.get_func(&mut *store, index);
                    let func = func.ok_or_else(|| format_err!("{name} is no function"))?;
                    let found = func.ty(&*store);
                    drop(running);
                    ensure!(
                        self.same_function(&wanted, &found, shared),
                        "{name} has another type"
                    );
                }
                ComponentItem::ComponentInstance(wanted) => {
                    let engine = store.engine().clone();
                    drop(running);
                    let wanted = wanted
                        .exports(&engine)
                        .map(|(n, e)| (n.to_owned(), e.ty))
                        .collect();
                    self.check_exports(shared, Some(&index), wanted)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn same_function(&self, wanted: &ComponentFunc, found: &ComponentFunc, owner: &Shared) -> bool {
        let params = |func: &ComponentFunc| func.params().map(|(_, ty)| ty).collect::<Vec<_>>();
        let results = |func: &ComponentFunc| func.results().collect::<Vec<_>>();
        wanted.async_() == found.async_()
            && self.all_same(params(wanted), params(found), owner)
            && self.all_same(results(wanted), results(found), owner)
    }

    fn all_same(&self, a: Vec<Type>, b: Vec<Type>, owner: &Shared) -> bool {
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| self.same(a, b, owner))
    }

    /// Whether an importer's type and one of `owner`'s are the same.
    fn same(&self, a: &Type, b: &Type, owner: &Shared) -> bool {
        let resource =
            |a: &ResourceType, b: &ResourceType| *a == imported(self.resources.number(*b, owner));
        let optional = |a: Option<Type>, b: Option<Type>| match (a, b) {
            (Some(a), Some(b)) => self.same(&a, &b, owner),
            (a, b) => a.is_none() && b.is_none(),
        };
        match (a, b) {
            (Type::List(a), Type::List(b)) => self.same(&a.ty(), &b.ty(), owner),
            (Type::Option(a), Type::Option(b)) => self.same(&a.ty(), &b.ty(), owner),
            (Type::Tuple(a), Type::Tuple(b)) => {
                self.all_same(a.types().collect(), b.types().collect(), owner)
            }
            (Type::Record(a), Type::Record(b)) => {
                let names = a.fields().map(|f| f.name).eq(b.fields().map(|f| f.name));
                let (a, b) = (a.fields().map(|f| f.ty), b.fields().map(|f| f.ty));
                names && self.all_same(a.collect(), b.collect(), owner)
            }
            (Type::Variant(a), Type::Variant(b)) => {
                let names = a.cases().map(|c| c.name).eq(b.cases().map(|c| c.name));
                names && a.cases().zip(b.cases()).all(|(a, b)| optional(a.ty, b.ty))
            }
            (Type::Result(a), Type::Result(b)) => {
                optional(a.ok(), b.ok()) && optional(a.err(), b.err())
            }
            (Type::Own(a), Type::Own(b)) | (Type::Borrow(a), Type::Borrow(b)) => resource(a, b),
            (a, b) => a == b,
        }
    }
}

/// Whether an import is of instances with nothing but core modules in them.
pub(crate) fn modules_only(wanted: &ComponentItem, engine: &Engine) -> bool {
    let ComponentItem::ComponentInstance(instance) = wanted else {
        return false;
    };
    let mut exports = instance.exports(engine).map(|(_, export)| export.ty);
    exports.all(|item| matches!(item, ComponentItem::Module(_)) || modules_only(&item, engine))
}

/// Whether an import asks the environment for its core module.
pub(crate) fn asks_environment(name: &str, wanted: &ComponentItem, engine: &Engine) -> bool {
    let ComponentItem::ComponentInstance(instance) = wanted else {
        return false;
    };
    let module = instance.get_export(engine, environment::MODULE);
    name == environment::INSTANCE
        && module.is_some_and(|item| matches!(item.ty, ComponentItem::Module(_)))
}

fn asks_for_module(wanted: &ComponentItem, found: &ComponentItem, engine: &Engine) -> bool {
    match (wanted, found) {
        (ComponentItem::Module(_), ComponentItem::Module(_)) => true,
        (ComponentItem::ComponentInstance(wanted), ComponentItem::ComponentInstance(found)) => {
            wanted.exports(engine).any(|(name, wanted)| {
                let found = found.get_export(engine, name);
                found.is_some_and(|found| asks_for_module(&wanted.ty, &found.ty, engine))
            })
        }
        _ => false,
    }
}

/// A value with each of its resources replaced.
fn each_resource(
    value: &Val,
    replace: &mut dyn FnMut(ResourceAny) -> Result<ResourceAny>,
) -> Result<Val> {
    let mut payload = |value: &Option<Box<Val>>| match value {
        Some(value) => {
            Ok::<_, tenon_host::wasmtime::Error>(Some(Box::new(each_resource(value, replace)?)))
        }
        None => Ok(None),
    };
    Ok(match value {
        Val::Resource(any) => Val::Resource(replace(*any)?),
        Val::Variant(name, value) => Val::Variant(name.clone(), payload(value)?),
        Val::Option(value) => Val::Option(payload(value)?),
        Val::Result(Ok(value)) => Val::Result(Ok(payload(value)?)),
        Val::Result(Err(value)) => Val::Result(Err(payload(value)?)),
        Val::List(items) => Val::List(each_of(items, replace)?),
        Val::Tuple(items) => Val::Tuple(each_of(items, replace)?),
        Val::Record(fields) => Val::Record(
            fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), each_resource(value, replace)?)))
                .collect::<Result<_>>()?,
        ),
        plain => plain.clone(),
    })
}

fn each_of(
    items: &[Val],
    replace: &mut dyn FnMut(ResourceAny) -> Result<ResourceAny>,
) -> Result<Vec<Val>> {
    items
        .iter()
        .map(|item| each_resource(item, replace))
        .collect()
}
