;; A kernel that imports two compatible versions of one interface, and has a resource of each.
;; Rebuild the .wasm with `wasm-tools parse`, or any other assembler of this format.
(component
  (import "test:wat/env@1.2.0" (instance $a
    (export "sink" (type $sink (sub resource)))
    (export "[constructor]sink" (func (param "n" u32) (result (own $sink))))
    (export "peek" (func (param "s" (borrow $sink)) (result u32)))))
  (import "test:wat/env@1.3.0" (instance $b
    (export "sink" (type $sink (sub resource)))
    (export "[constructor]sink" (func (param "n" u32) (result (own $sink))))
    (export "peek" (func (param "s" (borrow $sink)) (result u32)))))
  (alias export $a "sink" (type $sa))
  (core func $na (canon lower (func $a "[constructor]sink")))
  (core func $pa (canon lower (func $a "peek")))
  (core func $nb (canon lower (func $b "[constructor]sink")))
  (core func $pb (canon lower (func $b "peek")))
  (core func $da (canon resource.drop $sa))
  (core module $m
    (import "e" "na" (func $na (param i32) (result i32)))
    (import "e" "pa" (func $pa (param i32) (result i32)))
    (import "e" "da" (func $da (param i32)))
    (import "e" "nb" (func $nb (param i32) (result i32)))
    (import "e" "pb" (func $pb (param i32) (result i32)))
    (func (export "a") (result i32) (call $da (call $na (i32.const 1))) (i32.const 7))
    (func (export "b") (result i32) (call $pb (call $nb (i32.const 1)))))
  (core instance $i (instantiate $m (with "e" (instance (export "na" (func $na)) (export "da" (func $da)) (export "pa" (func $pa)) (export "nb" (func $nb)) (export "pb" (func $pb))))))
  (func (export "a") (result u32) (canon lift (core func $i "a")))
  (func (export "b") (result u32) (canon lift (core func $i "b"))))
