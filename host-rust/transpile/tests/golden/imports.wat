;; Imports of each kind: an interface with types, a resource and functions; a function and a resource by themselves; a core
;; module. Some functions are lowered, with all options; one is not, and one is lowered by a nested component.
(component
  (import "acme:store/kv@1.2.0" (instance $kv
    (export "bucket" (type $bucket (sub resource)))
    (type $entry' (record (field "key" string) (field "age" u32)))
    (export "entry" (type $entry (eq $entry')))
    (export "[constructor]bucket" (func (param "name" string) (result (own $bucket))))
    (export "[method]bucket.put" (func (param "self" (borrow $bucket)) (param "entry" $entry)))
    (type $all (list $entry))
    (export "[static]bucket.copy" (func (param "from" (borrow $bucket)) (param "to" (own $bucket)) (result $all)))
    (type $many (tuple u64 u64 u64 u64 u64 u64 u64 u64))
    (export "wide" (func (param "a" $many) (param "b" $many) (param "c" u8) (result $many)))
    (export "unused" (func))))
  (import "log" (func $log (param "text" string)))
  (import "token" (type $token (sub resource)))
  (type $byte u8)
  (import "level" (type $level (eq $byte)))
  (import "refresh" (func $refresh (param "token" (borrow $token)) (result bool)))
  (import "wasi:io/error@0.2.0" (instance (export "error" (type (sub resource)))))
  (import "engine" (core module $engine (import "host" "log" (func (param i32 i32))) (export "run" (func))))

  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (alias export $kv "bucket" (type $bucket))
  (core func $new (canon lower (func $kv "[constructor]bucket") (memory $memory) string-encoding=utf16))
  (core func $copy (canon lower (func $kv "[static]bucket.copy") (memory $memory) (realloc $realloc) string-encoding=latin1+utf16))
  (core func $wide (canon lower (func $kv "wide") (memory $memory)))
  (core func $log' (canon lower (func $log) (memory $memory)))
  (core func $drop (canon resource.drop $bucket))
  (core instance (instantiate $engine (with "host" (instance (export "log" (func $log'))))))

  (core module $main
    (import "kv" "new" (func (param i32 i32) (result i32)))
    (import "kv" "copy" (func (param i32 i32 i32)))
    (import "kv" "wide" (func (param i32 i32)))
    (import "kv" "drop" (func (param i32)))
    (func (export "run")))
  (core instance $main (instantiate $main (with "kv" (instance
    (export "new" (func $new)) (export "copy" (func $copy)) (export "wide" (func $wide)) (export "drop" (func $drop))))))
  (component $inner
    (import "refresh-type" (type $token (sub resource)))
    (import "refresh" (func $refresh (param "token" (borrow $token)) (result bool)))
    (core func $refresh' (canon lower (func $refresh)))
    (core module $m (import "" "refresh" (func (param i32) (result i32))))
    (core instance (instantiate $m (with "" (instance (export "refresh" (func $refresh')))))))
  (instance (instantiate $inner (with "refresh-type" (type $token)) (with "refresh" (func $refresh))))

  (func $run (canon lift (core func $main "run")))
  (instance $api (export "run" (func $run)))
  (export "acme:job/job@0.1.0" (instance $api))
  (@custom "package-docs" "\01{\"interfaces\":{\"job\":{\"docs\":\"What to do.\",\"funcs\":{\"run\":{\"docs\":\"Does it.\"}}}}}"))
