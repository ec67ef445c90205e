;; Fills a megabyte of a memory of 64 KiB.
(component
  (core module $m
    (memory 1)
    (func $fill (memory.fill (i32.const 0xfff0) (i32.const 0) (i32.const 0x100000)))
    (func (export "attack") (call $fill)))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
