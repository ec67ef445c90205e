;; Runs a loop for ever when the host asks for memory for an argument.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (loop $again (br $again)) (i32.const 16))
    (func (export "attack") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (func $attack (param "text" string) (result u32) (canon lift (core func $i "attack") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
