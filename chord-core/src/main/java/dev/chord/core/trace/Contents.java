package dev.chord.core.trace;

import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.Write;
import dev.chord.core.version.Version;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what users wrote, labels and values, in whatever passes between an engine and what is around it. */
final class Contents {
    private Contents() {}

    /** What is put in the place of what users wrote. */
    interface Change {
        Record record(Record record);

        String label(String label);
    }

    static RecordTrace.Item item(RecordTrace.Item item, Change change) {
        if (item instanceof RecordTrace.Entered entered) {
            return new RecordTrace.Entered(entered.within(), (Entry) of(entered.entry(), change));
        }
        if (item instanceof RecordTrace.Answered answered) {
            return new RecordTrace.Answered(answered.within(), answered.call(), of(answered.what(), change));
        }
        if (item instanceof RecordTrace.Called called) {
            return new RecordTrace.Called(called.call(), all(called.with(), change));
        }
        return item;
    }

    private static Object of(Object what, Change change) {
        if (what instanceof Record record) {
            return change.record(record);
        } else if (what instanceof List<?> list) {
            return all(list, change);
        } else if (what instanceof Optional<?> some) {
            return some.<Object>map(it -> of(it, change));
        } else if (what instanceof RecordTrace.Heard heard) {
            return new RecordTrace.Heard(of(heard.answer(), change));
        } else if (what instanceof Record.Digest digest) {
            return digest(digest, change);
        } else if (what instanceof Entry) {
            return entry((Entry) what, change);
        } else if (what instanceof Question<?>) {
            return question((Question<?>) what, change);
        } else if (what instanceof Question.Batch batch) {
            return new Question.Batch(all(batch.records(), change), batch.position(), batch.end());
        }
        return ofDisk(what, change);
    }

    @SuppressWarnings("unchecked") // each thing is replaced by one of its kind
    private static <T> List<T> all(List<T> things, Change change) {
        return things.stream().map(thing -> (T) of(thing, change)).toList();
    }

    @SuppressWarnings("unchecked") // as above
    private static <T> Optional<T> all(Optional<T> thing, Change change) {
        return thing.map(it -> (T) of(it, change));
    }

    private static Record.Digest digest(Record.Digest digest, Change change) {
        Record.Id id = digest.id();
        return new Record.Digest(
                new Record.Id(id.place(), change.label(id.label())), digest.version(), digest.operation());
    }

    private static Entry entry(Entry entry, Change change) {
        if (entry instanceof Entry.Wrote wrote) {
            return new Entry.Wrote(all(wrote.asked(), change));
        }
        return entry instanceof Entry.Served served
                ? new Entry.Served(question(served.question(), change), served.meant())
                : entry;
    }

    private static Question<?> question(Question<?> question, Change change) {
        if (question instanceof Question.Replicate copies) {
            return new Question.Replicate(
                    copies.owner(), all(copies.records(), change), copies.news(), copies.tenure());
        }
        return question instanceof Question.Compare compare
                ? new Question.Compare(all(compare.digests(), change), compare.keep())
                : question;
    }

    private static Object ofDisk(Object what, Change change) {
        if (what instanceof RecordDisk.Shelf shelf) {
            Map<String, Version> versions = new HashMap<>();
            shelf.versions().forEach((label, version) -> versions.put(change.label(label), version));
            return new RecordDisk.Shelf(all(shelf.live(), change), versions);
        } else if (what instanceof RecordDisk.Page page) {
            return new RecordDisk.Page(all(page.records(), change), page.position());
        } else if (what instanceof RecordDisk.Batch batch) {
            return new RecordDisk.Batch(
                    all(batch.records(), change), batch.claims(), batch.epoch(), all(batch.drops(), change));
        }
        return ofClients(what, change);
    }

    private static Object ofClients(Object what, Change change) {
        if (what instanceof Write write) {
            return new Write(change.record(write.record()), write.expected(), write.operation(), write.stamp());
        } else if (what instanceof Write.Written written) {
            return new Write.Written(change.record(written.record()), written.holders(), written.wanted());
        } else if (what instanceof Write.Conflict conflict) {
            return new Write.Conflict(all(conflict.current(), change));
        } else if (what instanceof Write.Read read) {
            return new Write.Read(all(read.records(), change), read.elsewhere());
        }
        return what;
    }
}
