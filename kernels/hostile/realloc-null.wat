;; Gives memory for an argument at 0, which is an address.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "attack") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (func $attack (param "text" string) (result u32) (canon lift (core func $i "attack") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
