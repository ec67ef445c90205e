;; A kernel that spoils its calls of the ledger's journal: it gives a page with a page that it does not have (join), or
;; wants the answer where none can be (find). The ledger's component behaves.
;; Rebuild the .wasm with `wasm-tools parse`, or any other assembler of this format.
(component
  (import "golden:ledger/journal@1.0.0" (instance $j
    (export "page" (type $page (sub resource)))
    (export "[constructor]page" (func (param "title" string) (result (own $page))))
    (export "[static]page.join" (func (param "a" (own $page)) (param "b" (borrow $page)) (result (result (own $page) (error string)))))
    (export "find" (func (param "title" string) (result (option (own $page)))))))
  (core module $libc (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (core func $new (canon lower (func $j "[constructor]page") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $join (canon lower (func $j "[static]page.join") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $find (canon lower (func $j "find") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "e" "new" (func $new (param i32 i32) (result i32)))
    (import "e" "join" (func $join (param i32 i32 i32)))
    (import "e" "find" (func $find (param i32 i32 i32)))
    (func (export "join") (call $join (call $new (i32.const 0) (i32.const 0)) (i32.const 77) (i32.const 16)))
    (func (export "find") (call $find (i32.const 0) (i32.const 0) (i32.const 17))))
  (core instance $mi (instantiate $m (with "e" (instance (export "new" (func $new)) (export "join" (func $join)) (export "find" (func $find))))))
  (func (export "join") (canon lift (core func $mi "join")))
  (func (export "find") (canon lift (core func $mi "find"))))
