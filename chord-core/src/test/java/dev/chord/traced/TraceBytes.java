package dev.chord.traced;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.trace.*;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What passes between an engine and what is around it as bytes: every component of every value, in the order
 * in which it stands there, that of maps included. Two values that are equal and are told in another order
 * have other bytes.
 */
public final class TraceBytes {
    private final MessageDigest digest;
    private final Consumer<Object> leaves;
    private long count;

    /** @param leaves hears of every text and every array of bytes */
    public TraceBytes(Consumer<Object> leaves) {
        this.leaves = leaves;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public TraceBytes() {
        this(leaf -> {});
    }

    /** How many there were. */
    public long count() {
        return count;
    }

    /** SHA-256 of all so far. */
    public Identifier digest() {
        try {
            return Identifier.ofBytes(((MessageDigest) digest.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Adds a value. */
    public void add(Object what) {
        if (what instanceof List<?> list) {
            text("[" + list.size());
            list.forEach(this::add);
        } else if (what instanceof Map<?, ?> map) {
            text("{" + map.size());
            map.forEach((key, value) -> {
                add(key);
                add(value);
            });
        } else if (what instanceof Optional<?> some) {
            add(new ArrayList<>(some.stream().toList()));
        } else if (what instanceof byte[] bytes) {
            leaves.accept(bytes);
            text("" + bytes.length);
            bytes(bytes);
        } else if (what instanceof Identifier id) {
            bytes(id.toBytes());
        } else if (what instanceof Fingerprints prints) {
            for (int part = 0; part < Fingerprints.PARTS; part++) {
                text(Long.toString(prints.get(part)));
            }
        } else if (what instanceof Record) {
            record(what);
        } else if (what instanceof String
                || what instanceof Number
                || what instanceof Boolean
                || what instanceof Enum) {
            leaves.accept(what);
            text(what.getClass().getName() + what);
        } else {
            throw new IllegalArgumentException("no value: " + what.getClass());
        }
    }

    private void record(Object what) {
        text(what.getClass().getName());
        for (RecordComponent component : what.getClass().getRecordComponents()) {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            try {
                add(accessor.invoke(what));
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        line.writeBytes(bytes);
        line.write('\n');
        bytes(line.toByteArray());
    }

    private void bytes(byte[] bytes) {
        digest.update(bytes);
        count += bytes.length;
    }
}
