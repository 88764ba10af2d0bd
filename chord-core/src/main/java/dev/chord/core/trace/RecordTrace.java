package dev.chord.core.trace;

import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.RecordSettings;
import java.util.List;

/**
 * All that passed between one record engine and what is around it, in order, from its making on: enough to
 * make the same engine again and have it do the same. A value.
 *
 * @param items each is named by its place in this list
 * @param whole whether nothing was left out; otherwise there was no room for what came after
 */
public record RecordTrace(RecordSettings settings, RecordEngine.Start start, List<Item> items, boolean whole) {
    /** In place of a call: the engine was not within one. */
    public static final int NOWHERE = -1;

    public RecordTrace {
        items = List.copyOf(items);
    }

    /** Something that passed in or out. */
    public sealed interface Item {}

    /** The engine was run. It may have been while it waited for the end of a call of its own. */
    public sealed interface Input extends Item {
        /** The innermost call of the engine's that had not returned, or {@link #NOWHERE}. */
        int within();
    }

    /** Somebody called the engine. */
    public record Entered(int within, Entry entry) implements Input {}

    /** The answer, or one of the answers, to a call of the engine's. */
    public record Answered(int within, int call, Object what) implements Input {}

    /** What the engine saw when it looked. */
    public record Looked(Look at, Object seen) implements Item {}

    /** A call of the engine's did not return but failed. */
    public record Failed(int call, String what) implements Item {}

    /** The engine called what is around it: an output. */
    public record Called(Call call, List<Object> with) implements Item {}

    /** What an engine looks at. */
    public enum Look {
        NOW,
        TIME_OF_DAY,
        MEMBERS
    }

    /**
     * What an engine calls: its host, the host's disk, or who has called it; those are told apart by the
     * place of their call.
     */
    public enum Call {
        AFTER,
        COMMAND,
        TAKEN,
        ASK,
        /** The next answer to a question can come. */
        MORE,
        NUMBERED,
        REPLACED,
        PERSIST,
        READ,
        CHANGES,
        AFTER_KEY,
        FINGERPRINTS,
        ANSWERED,
        PROGRESSED,
        SENT,
        SENT_ONLY,
        ENDED,
        REFUSED,
        /** What it was run for failed. */
        THREW
    }

    /** An answer to a question that was asked of another process. */
    public record Heard(Object answer) {}

    /** The end of the answers to a question. */
    public record Over(boolean whole) {}

    /** The same without the names and values of records, as far as a redaction removes them. */
    public RecordTrace redacted(Redaction redaction) {
        return new RecordTrace(
                settings, start, items.stream().map(redaction::item).toList(), whole);
    }

    /** How many inputs there are. */
    public long inputs() {
        return items.stream().filter(item -> item instanceof Input).count();
    }

    /** How many outputs there are. */
    public long outputs() {
        return items.stream().filter(item -> item instanceof Called).count();
    }
}
