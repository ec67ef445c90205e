;; A kernel that exports two versions of one interface, which are not compatible.
;; Rebuild the .wasm with `wasm-tools parse`, or any other assembler of this format.
(component
  (core module $m (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))) (func (export "g") (param i32) (result i32) (i32.const 666)))
  (core instance $i (instantiate $m))
  (func $f (param "n" u32) (result u32) (canon lift (core func $i "f")))
  (func $g (param "c" char) (result u32) (canon lift (core func $i "g")))
  (instance $x (export "f" (func $f)))
  (instance $y (export "f" (func $g)))
  (export "test:wat/x@1.0.0" (instance $x))
  (export "test:wat/x@2.0.0" (instance $y)))
