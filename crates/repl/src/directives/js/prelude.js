// What code finds beside the language itself, and what it does not find. Run before it, in a world of its own each time.
(function (host) {
    "use strict";
    const { parse, stringify } = JSON;
    const { isArray } = Array;
    const { defineProperty, defineProperties, getOwnPropertyDescriptors } = Object;
    const NativeDate = Date;

    // Values as JSON says them; a text may have been cut inside a character.
    const plain = (_key, value) => {
        if (typeof value === "string") return value.toWellFormed();
        if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
        if (value instanceof Map) return Object.fromEntries(value);
        if (value instanceof Set) return [...value];
        return value;
    };
    const toJson = (value) => stringify(value, plain);
    const define = (name, value) =>
        defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

    // The same numbers each time (mulberry32).
    let state = host.seed >>> 0;
    Math.random = function random() {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };

    // A clock that stands still, in a place without a time zone.
    const instant = (text) => {
        const universal = NativeDate.parse(`${text}Z`);
        const worded = universal === universal ? universal : NativeDate.parse(`${text} UTC`);
        return worded === worded ? worded : NativeDate.parse(text);
    };
    const moment = (values) => {
        if (values.length === 0) return 0;
        if (values.length > 1) return NativeDate.UTC(...values);
        const only = values[0] instanceof NativeDate ? values[0].getTime() : values[0];
        return typeof only === "string" ? instant(only) : Number(only);
    };
    function FixedDate(...values) {
        if (!new.target) return new NativeDate(0).toUTCString();
        return Reflect.construct(NativeDate, [moment(values)], new.target);
    }
    FixedDate.prototype = NativeDate.prototype;
    FixedDate.now = () => 0;
    FixedDate.parse = (text) => instant(String(text));
    FixedDate.UTC = NativeDate.UTC;
    const dates = NativeDate.prototype;
    for (const part of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
        dates[`get${part}`] = dates[`getUTC${part}`];
        if (part !== "Day") dates[`set${part}`] = dates[`setUTC${part}`];
    }
    dates.getTimezoneOffset = () => 0;
    const written = (from, to) => function () { return this.toISOString().slice(from, to); };
    dates.toString = dates.toUTCString;
    dates.toDateString = dates.toLocaleDateString = written(0, 10);
    dates.toTimeString = dates.toLocaleTimeString = written(11, 19);
    dates.toLocaleString = function () { return this.toISOString().slice(0, 19).replace("T", " "); };
    defineProperty(dates, "constructor", { value: FixedDate, writable: true, configurable: true });
    define("Date", FixedDate);

    // Nothing here runs beside anything else.
    delete globalThis.Atomics;
    delete globalThis.SharedArrayBuffer;

    const print = (...values) =>
        host.print(values.map((value) => (typeof value === "string" ? value : toJson(value) ?? String(value))).join(" ").toWellFormed());
    define("print", print);
    define("console", { log: print, info: print, warn: print, error: print, debug: print });
    define("FINAL", (value) => {
        host.answer(toJson(value) ?? "null");
        throw new Error("the answer was given");
    });
    define("FINAL_VAR", (name) => {
        host.answerVariable(String(name));
        throw new Error("the answer was given");
    });

    // The context: texts where they are small, otherwise what reads parts of them.
    const parts = parse(host.parts);
    const clamp = (at, length) => (at < 0 ? Math.max(0, length + at) : Math.min(at, length));
    const cut = (index, from = 0, to = parts[index].length) => {
        const { length } = parts[index];
        const [start, end] = [clamp(Math.trunc(from) || 0, length), clamp(Math.trunc(to) || 0, length)];
        return start < end ? host.cut(String(index), String(start), String(end)) : "";
    };
    const reader = (index) => ({
        length: parts[index].length,
        slice: (from, to) => cut(index, from, to),
        substring: (from = 0, to = parts[index].length) =>
            cut(index, Math.max(0, Math.min(from, to)), Math.max(0, from, to)),
        toString: () => {
            throw new RangeError(`this text has ${parts[index].length} characters; read parts: slice(start, end)`);
        },
    });
    define("peek", (from = 0, to = 2000, name = 0) => {
        const index = typeof name === "number" ? name : parts.findIndex((part) => part.name === name);
        if (!parts[index]) throw new RangeError("the context has no such text");
        return cut(index, from, to);
    });
    if (host.isContextUsed) {
        const text = (index) => (host.isContextCopied ? host.whole(String(index)) : reader(index));
        const texts = parts.map((_part, index) => text(index));
        const named = () => Object.fromEntries(parts.map((part, index) => [part.name, texts[index]]));
        define("context", host.shape === "text" ? texts[0] ?? "" : host.shape === "list" ? texts : named());
    }

    const given = parse(host.variables);
    for (const name of Object.keys(given)) define(name, given[name]);
    return toJson;
})
