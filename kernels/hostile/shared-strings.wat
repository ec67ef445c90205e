;; Answers with 8,192 x 8,192 strings of 8,192 bytes, all the same ones in 72 KiB. Every word is 0x2000: as a pair, 8,192 elements at
;; 0x2000, which are such pairs again.
(component
  (core module $m
    (memory (export "memory") 2)
    (func (export "attack") (result i32) (local $i i32)
      (local.set $i (i32.const 0x12000))
      (loop $fill
        (local.set $i (i32.sub (local.get $i) (i32.const 4)))
        (i32.store (local.get $i) (i32.const 0x2000))
        (br_if $fill (local.get $i)))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (func $attack (result (list (list string))) (canon lift (core func $i "attack") (memory (core memory $i "memory"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
