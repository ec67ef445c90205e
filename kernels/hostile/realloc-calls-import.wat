;; Calls a function of the host, which it was granted, when it is asked for memory.
(component
  (import "poke" (func $poke))
  (core func $core-poke (canon lower (func $poke)))
  (core module $m
    (import "host" "poke" (func $poke))
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $poke) (i32.const 16))
    (func (export "attack") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m (with "host" (instance (export "poke" (func $core-poke))))))
  (func $attack (param "text" string) (result u32) (canon lift (core func $i "attack") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
