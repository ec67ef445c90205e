;; Calls its own export when it is asked for memory: not within its own module, but through the canonical ABI.
(component
  (core module $m
    (type $nothing (func))
    (table (export "table") 1 funcref)
    (memory (export "memory") 1)
    (func (export "again"))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (call_indirect (type $nothing) (i32.const 0))
      (i32.const 16))
    (func (export "attack") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (func $again (canon lift (core func $i "again")))
  (core func $lowered (canon lower (func $again)))
  (core module $fill
    (import "i" "table" (table 1 funcref))
    (import "i" "again" (func $again))
    (elem (i32.const 0) func $again))
  (core instance (instantiate $fill (with "i" (instance (export "table" (table $i "table")) (export "again" (func $lowered))))))
  (func $attack (param "text" string) (result u32) (canon lift (core func $i "attack") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
