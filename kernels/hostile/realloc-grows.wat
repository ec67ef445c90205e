;; Grows its memory at each call for memory.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) 
      (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
    (func (export "attack") (param i32 i32) (result i32) 
      (i32.load8_u (i32.load offset=8 (local.get 0)))))
  (core instance $i (instantiate $m))
  (func $attack (param "texts" (list string)) (result u32) (canon lift (core func $i "attack") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
