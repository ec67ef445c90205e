;; Calls itself for ever when the host asks for memory for an argument.
(component
  (core module $m
    (memory (export "memory") 1)
    (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
      (i32.add (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3)) (local.get 3)))
    (func (export "attack") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (func $attack (param "text" string) (result u32) (canon lift (core func $i "attack") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
