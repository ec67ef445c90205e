//! `tenon call FILE`: what there is to call, in the words of the Go host's tenon-run.

use crate::inspect::signature::{definition, function};
use tenon_transpile::plan::{Export, ImportItem, Param, Plan, TypeIndex};

/// An interface with what is in it, or what the world has by itself.
struct Group<'a> {
    /// `None` for the world.
    name: Option<String>,
    lines: Vec<String>,
    plan: &'a Plan,
}

impl<'a> Group<'a> {
    /// The world, with nothing in it yet.
    fn world(plan: &'a Plan) -> Self {
        let mut group = Group {
            name: None,
            lines: Vec::new(),
            plan,
        };
        group.types("");
        group
    }

    /// An interface with its named types; those of one that is both imported and exported stand there once.
    fn interface(plan: &'a Plan, name: &str) -> Self {
        let mut group = Group {
            name: Some(name.to_owned()),
            ..Group::world(plan)
        };
        group.lines.clear();
        group.types(name);
        group
    }

    fn types(&mut self, interface: &str) {
        let mut seen = Vec::new();
        for (index, ty) in self.plan.types.iter().enumerate() {
            let own = ty.interface.as_deref().unwrap_or("") == interface;
            if let (true, Some(name)) = (own, &ty.name)
                && !seen.contains(&name)
            {
                seen.push(name);
                let definition = definition(self.plan, index as TypeIndex);
                self.lines.push(format!("    type {name} = {definition}"));
            }
        }
    }

    fn func(&mut self, name: &str, params: &[Param], result: Option<TypeIndex>, docs: &str) {
        let signature = function(self.plan, params, result);
        self.lines.push(format!("    {name}: {signature}"));
        if let Some(docs) = docs.lines().next().filter(|docs| !docs.is_empty()) {
            self.lines.push(format!("        {docs}"));
        }
    }
}

/// The listing; it ends with a line feed.
pub(super) fn render(file: &str, plan: &Plan) -> String {
    let mut out = vec![
        file.to_owned(),
        format!("  digest  sha256:{}", plan.component.digest),
        format!("  size    {} bytes", plan.component.size),
    ];
    for (title, groups) in [("exports", exports(plan)), ("imports", imports(plan))] {
        out.extend([String::new(), title.to_owned()]);
        if groups.is_empty() {
            out.push("  none".to_owned());
        }
        for group in groups {
            out.extend(group.name.map(|name| format!("  {name}")));
            out.extend(group.lines);
        }
    }
    let lines = out.iter().map(|line| printable(line.trim_end()) + "\n");
    lines.collect()
}

fn exports(plan: &Plan) -> Vec<Group<'_>> {
    let add = |group: &mut Group<'_>, index: u32| {
        if let Some(func) = plan.funcs.get(index as usize) {
            group.func(&func.name, &func.params, func.result, &func.docs);
        }
    };
    let mut groups = Vec::new();
    let mut world = Group::world(plan);
    let types = world.lines.len();
    for export in &plan.exports {
        match export {
            Export::Func { func, .. } => add(&mut world, *func),
            Export::Instance { name, exports, .. } => {
                let mut group = Group::interface(plan, name);
                for inner in exports {
                    if let Export::Func { func, .. } = inner {
                        add(&mut group, *func);
                    }
                }
                groups.push(group);
            }
            Export::Type { .. } | Export::Resource { .. } | Export::Module { .. } => {}
        }
    }
    if world.lines.len() > types {
        groups.push(world);
    }
    groups
}

fn imports(plan: &Plan) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut world = Group::world(plan);
    let types = world.lines.len();
    for import in &plan.imports {
        match &import.item {
            ImportItem::Type { .. } | ImportItem::Resource { .. } => {}
            ImportItem::Func { func } => {
                if let Some(func) = plan.import_funcs.get(*func as usize) {
                    world.func(&func.name, &func.params, func.result, &func.docs);
                }
            }
            ImportItem::Instance { .. } => {
                let mut group = Group::interface(plan, &import.name);
                for func in &plan.import_funcs {
                    if let [first, inner @ ..] = &func.path[..]
                        && *first == import.name
                        && !inner.is_empty()
                    {
                        group.func(&inner.join("#"), &func.params, func.result, &func.docs);
                    }
                }
                groups.push(group);
            }
            ImportItem::Module | ImportItem::Component => {
                let mut group = Group::interface(plan, &import.name);
                group.name = Some(format!("{}, a core module or component", import.name));
                groups.push(group);
            }
        }
    }
    if world.lines.len() > types {
        groups.push(world);
    }
    groups
}

/// Text of the file as it may go to a terminal: what is not to be seen is written as an escape.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}
