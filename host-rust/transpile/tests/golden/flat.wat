;; Every primitive type, passed flat.
(component
  (core module $m
    (func (export "scalars") (param i32 i32 i32 i32 i32 i32 i32 i64 i64 f32 f64 i32) unreachable)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "ready") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "scalars")
    (param "a" bool) (param "b" s8) (param "c" u8) (param "d" s16) (param "e" u16) (param "f" s32) (param "g" u32)
    (param "h" s64) (param "i" u64) (param "j" f32) (param "k" f64) (param "l" char)
    (canon lift (core func $i "scalars")))
  (func (export "add") (param "left" u32) (param "right" u32) (result u32) (canon lift (core func $i "add")))
  (func (export "ready") (result bool) (canon lift (core func $i "ready"))))
