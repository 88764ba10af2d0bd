package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Gives one process the records that it lacks: a fingerprint of the arc tells which parts differ, versions
 * tell which records of those are older there or missing, and only these are sent. Belongs to one engine.
 */
final class Supply {
    private final RecordEngine engine;
    private final Peer peer;
    private final long keep;
    private final long tenure;

    /**
     * @param keep for how long no record is to be let go there
     * @param tenure for which they are to be kept there; 0: for none
     */
    Supply(RecordEngine engine, Peer peer, long keep, long tenure) {
        this.engine = engine;
        this.peer = peer;
        this.keep = keep;
        this.tenure = tenure;
    }

    /** Where it differs from here in an arc; empty: it cannot be told. */
    void differences(Arc arc, Consumer<Optional<Differences>> then) {
        engine.host().disk().fingerprints(arc, ours -> {
            if (ours.isEmpty()) {
                then.accept(Optional.empty());
                return;
            }
            Question.Fingerprint question = new Question.Fingerprint(arc, keep);
            long limit = engine.limits().stream();
            engine.calls()
                    .<Fingerprints>one(
                            peer,
                            question,
                            limit,
                            theirs -> then.accept(theirs.map(t -> new Differences(ours.get(), t))));
        });
    }

    /** Brings everything of an arc that is here; tells whether it has all now. */
    void arc(Arc arc, Consumer<Boolean> then) {
        differences(arc, found -> {
            if (found.isEmpty()) {
                then.accept(false);
            } else {
                pages(arc, 0, found.get(), then);
            }
        });
    }

    private void pages(Arc arc, long since, Differences differences, Consumer<Boolean> then) {
        engine.host().disk().changes(arc, since, page -> {
            if (page.isEmpty() || page.get().records().isEmpty()) {
                then.accept(page.isPresent());
                return;
            }
            List<Record> doubtful = page.get().records().stream()
                    .filter(record -> differences.in(record.key()))
                    .toList();
            records(doubtful, sent -> {
                if (sent.isPresent()) {
                    pages(arc, page.get().position(), differences, then);
                } else {
                    then.accept(false);
                }
            });
        });
    }

    /** Sends those of which it has none as new; tells how many, or nothing if it did not take them. */
    void records(List<Record> records, Consumer<Optional<Integer>> then) {
        if (records.isEmpty()) {
            then.accept(Optional.of(0));
            return;
        }
        Question.Compare question =
                new Question.Compare(records.stream().map(Record::digest).toList(), keep);
        engine.calls().<List<Integer>>one(peer, question, engine.limits().call(), places -> {
            List<Record> lacking = places.orElse(List.of()).stream()
                    .filter(i -> i >= 0 && i < records.size())
                    .map(records::get)
                    .toList();
            if (places.isEmpty() || lacking.isEmpty()) {
                then.accept(places.map(none -> 0));
                return;
            }
            Question.Replicate copies = new Question.Replicate(Optional.empty(), lacking, 0, tenure);
            engine.calls()
                    .one(
                            peer,
                            copies,
                            engine.limits().call(),
                            kept -> then.accept(
                                    kept.filter(k -> k == Question.Kept.KEPT).map(k -> lacking.size())));
        });
    }
}
