;; Two core modules: the second imports the first one's memory, table, global and function, under several names, and starts.
(component
  (core module $lib
    (memory (export "memory") 1)
    (table (export "table") 4 funcref)
    (global (export "count") (mut i32) (i32.const 0))
    (global $hidden (mut i64) (i64.const 7))
    (func (export "bump") (global.set 0 (i32.add (global.get 0) (i32.const 1)))))
  (core module $main
    (import "lib" "bump" (func $bump))
    (import "lib" "memory" (memory 1))
    (import "lib" "table" (table 1 funcref))
    (import "lib" "count" (global $count (mut i32)))
    (func $init (call $bump))
    (start $init)
    (elem (i32.const 0) func $init)
    (data (i32.const 0) "hello")
    (func (export "get") (result i32) (global.get $count)))
  (core instance $lib (instantiate $lib))
  (core instance $renamed (export "bump" (func $lib "bump")) (export "memory" (memory $lib "memory"))
    (export "table" (table $lib "table")) (export "count" (global $lib "count")))
  (core instance $main (instantiate $main (with "lib" (instance $renamed))))
  (func (export "get") (result u32) (canon lift (core func $main "get"))))
