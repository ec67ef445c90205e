;; Hands a string back without looking at it, so that one module serves every encoding.
(module
  (memory (export "memory") 2)
  ;; The next free byte, 64 KiB in; the first bytes of memory hold the answer.
  (global $next (mut i32) (i32.const 65536))

  (func (export "golden:encodings/text@1.0.0#echo") (param $ptr i32) (param $len i32) (result i32)
    (i32.store (i32.const 0) (local.get $ptr))
    (i32.store (i32.const 4) (local.get $len))
    (i32.const 0))

  (func (export "golden:encodings/text@1.0.0#first") (param $ptr i32) (param $len i32) (result i32)
    (i32.store (i32.const 0) (i32.const 0))
    (if (local.get $len) (then
      (i32.store (i32.const 0) (i32.const 1))
      (i64.store align=4 (i32.const 4) (i64.load align=4 (local.get $ptr)))))
    (i32.const 0))

  ;; Frees everything.
  (func $reset (param i32) (global.set $next (i32.const 65536)))
  (export "cabi_post_golden:encodings/text@1.0.0#echo" (func $reset))
  (export "cabi_post_golden:encodings/text@1.0.0#first" (func $reset))

  ;; A bump allocator that copies on every growth.
  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (memory.copy (local.get $at) (local.get $old)
      (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
    (local.get $at)))
