//! A component in Zig that knows the canonical ABI itself: an extern struct has the layout of a record of the same
//! fields, strings and lists are pointer and length, and an option is a byte in front of its payload.
//!
//! Memory is a pointer that only moves; the post-return of each function moves it back.

const std = @import("std");

const name = "tenon:guests/numbers@1.0.0#";

const All = extern struct {
    truth: bool,
    a: i8,
    b: u8,
    c: i16,
    d: u16,
    e: i32,
    f: u32,
    g: i64,
    h: u64,
    i: f32,
    j: f64,
    k: u32,
    text: Bytes,
    bytes: Bytes,
    maybe: Maybe,
};

const Bytes = extern struct { ptr: u32, len: u32 };

const Maybe = extern struct { some: bool, value: u16 };

/// Where results stand that do not fit one core value.
var answer: All = undefined;
var list: Bytes = undefined;

/// The first free byte; 0 before the first allocation.
var free: u32 = 0;

extern var __heap_base: u8;

fn base() u32 {
    return @intCast(@intFromPtr(&__heap_base));
}

fn realloc(old: u32, old_size: u32, alignment: u32, size: u32) callconv(.c) u32 {
    if (free == 0) free = base();
    const at = (free + alignment - 1) & ~(alignment - 1);
    const end = at + size;
    const pages: u32 = @intCast(@wasmMemorySize(0));
    if (end > pages * 65536 and @wasmMemoryGrow(0, (end >> 16) + 1 - pages) < 0) @trap();
    if (old_size > 0) {
        const to: [*]u8 = @ptrFromInt(at);
        const from: [*]const u8 = @ptrFromInt(old);
        for (0..@min(old_size, size)) |n| to[n] = from[n];
    }
    free = end;
    return at;
}

fn reset(_: u32) callconv(.c) void {
    free = base();
}

fn collect(all: *const All) callconv(.c) *const All {
    answer = all.*;
    return &answer;
}

fn extreme(greatest: bool) callconv(.c) *const All {
    answer = if (greatest) .{
        .truth = true,
        .a = 127,
        .b = 255,
        .c = 32767,
        .d = 65535,
        .e = std.math.maxInt(i32),
        .f = std.math.maxInt(u32),
        .g = std.math.maxInt(i64),
        .h = std.math.maxInt(u64),
        .i = std.math.inf(f32),
        .j = std.math.inf(f64),
        .k = 0x10ffff,
        .text = .{ .ptr = 0, .len = 0 },
        .bytes = .{ .ptr = 0, .len = 0 },
        .maybe = .{ .some = true, .value = 65535 },
    } else .{
        .truth = false,
        .a = -128,
        .b = 0,
        .c = -32768,
        .d = 0,
        .e = std.math.minInt(i32),
        .f = 0,
        .g = std.math.minInt(i64),
        .h = 0,
        .i = -std.math.inf(f32),
        .j = -std.math.inf(f64),
        .k = 0,
        .text = .{ .ptr = 0, .len = 0 },
        .bytes = .{ .ptr = 0, .len = 0 },
        .maybe = .{ .some = false, .value = 0 },
    };
    return &answer;
}

fn sort(ptr: u32, len: u32) callconv(.c) *const Bytes {
    if (len > 0) {
        const values: [*]i16 = @ptrFromInt(ptr);
        var n: u32 = 1;
        while (n < len) : (n += 1) {
            const value = values[n];
            var at = n;
            while (at > 0 and values[at - 1] > value) : (at -= 1) values[at] = values[at - 1];
            values[at] = value;
        }
    }
    list = .{ .ptr = ptr, .len = len };
    return &list;
}

fn bits(value: f32) callconv(.c) u32 {
    return @bitCast(value);
}

fn sum16(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64, i: i64, j: i64, k: i64, l: i64, m: i64, n: i64, o: i64, p: i64) callconv(.c) i64 {
    return a +% b +% c +% d +% e +% f +% g +% h +% i +% j +% k +% l +% m +% n +% o +% p;
}

var count: u32 = 0;

fn calls() callconv(.c) u32 {
    defer count += 1;
    return count;
}

comptime {
    @export(&realloc, .{ .name = "cabi_realloc" });
    @export(&collect, .{ .name = name ++ "collect" });
    @export(&reset, .{ .name = "cabi_post_" ++ name ++ "collect" });
    @export(&extreme, .{ .name = name ++ "extreme" });
    @export(&sort, .{ .name = name ++ "sort" });
    @export(&reset, .{ .name = "cabi_post_" ++ name ++ "sort" });
    @export(&bits, .{ .name = name ++ "bits" });
    @export(&sum16, .{ .name = name ++ "sum16" });
    @export(&calls, .{ .name = name ++ "calls" });
}
