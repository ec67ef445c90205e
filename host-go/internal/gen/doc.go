// Package gen writes the typed Go client of a contract, and the grants of what a kernel imports, from the plan of a
// component.
//
// The order of events: resolve turns the plan into a model of what the component exports and imports; naming gives
// everything its Go name; types, resources, client, tiers, calls (with lower, find and lift), imports and fake are then written as text
// and laid out by go/format. What comes out imports package tenon and the standard library only, and follows the
// CanonicalABI of the component model: flattening, layouts and joined variants are the plan's, never special cases.
//
// # Names
//
// The same component always gets the same names, by these rules:
//
//   - A kebab-case name becomes an identifier word by word: patch-minor is PatchMinor. Abbreviations that Go writes in
//     capitals are in capitals, user-id is UserID; small where they lead a parameter's name. What cannot stand in an
//     identifier is left out, and a name that does not begin with a letter gets an X in front.
//   - An interface, a type or a resource is called by its own name. Where several of one side want the same one, all of
//     them take the first of these forms that tells them apart: the interface's name in front (LexerOptions); for
//     interfaces, or after that, the package's (HTTPTypes), the compatible version (TypesV1, TypesV0_2), package and version, the
//     namespace too (WasiHTTPTypes), and at last the whole version. Functions of several exported interfaces meet in one
//     Client: those of one name are called after their interface in the same way.
//   - What the exports use, their own types and those that they take from imports, is named first and as if there were no
//     imports. What only imports use gets Host in front where its name is taken then. So a kernel that imports more keeps
//     the names of its client.
//   - The same type of two interfaces, by name and structure, is one Go type, as WIT's use means it; one that is used under
//     another name, with as, is another Go type of the same structure. Two resources are never one, even where one
//     interface is both imported and exported.
//   - Several exported interfaces are joined in one, Kernel. What a world exports by itself is World, what it imports by
//     itself Host.
//   - A resource is an interface with a method Close; its constructor is New and its name, a static function its name and
//     the function's (BlobMerge). A method that would be called Close is CloseMethod.
//   - Taken are the package's own names (Client, New, Contract, Fake; where the kernel has resources Pinned, and the
//     client's methods Pin and Close), the packages that it imports, keywords and predeclared identifiers. What collides
//     says what it is: ClientInterface, ContractRecord, KindTag, EntryResource, PinFunc, typeArg; after that comes a
//     number: Thing2. Interfaces choose first, then resources, then types in the plan's order, errors, and at last
//     what is derived from types: cases and constructors.
//   - Where a function answers with a list or a string, the client's methods Append and View with its name come after all
//     functions of the contract have theirs: AppendParseAnswer where there is an append-parse. What a record is shown as
//     is called after it, AgentView, or AgentInPlace where there is an agent-view.
//   - A tuple is called after its parts, TupleU8String, or after their number where that would be longer than 48 letters.
//   - The E of a result<T, E> that has a name is an error itself; any other one gets a struct around it: StringError.
package gen
