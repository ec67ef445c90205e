;; Two names for one structure, an alias of a primitive type, names that are words of WIT, a type that nothing uses,
;; a type known from an imported interface, and types without names.
(component
  (import "acme:base/types@2.0.0" (instance $base
    (type $point (record (field "x" f64) (field "y" f64)))
    (export "point" (type (eq $point)))))
  (alias export $base "point" (type $point))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "f") (param i32 i32 i32 i32 i32 i32 i32 f64 f64) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (type $pair (record (field "list" u8) (field "from" u8)))
  (type $index u32)
  (export $left "left" (type $pair))
  (export $right "right" (type $pair))
  (export $index-out "index" (type $index))
  (type $unused (flags "read" "write"))
  (export "unused" (type $unused))
  (func (export "f")
    (param "a" $left) (param "b" $right) (param "c" $index-out) (param "d" (option u8)) (param "e" $point)
    (result (result (list u8) (error (list u8))))
    (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
