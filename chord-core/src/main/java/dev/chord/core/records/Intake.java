package dev.chord.core.records;

import dev.chord.core.id.Arc;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes in the records of an arc that another process sends, batch by batch: the next is asked for when the
 * last one is durable. What lies outside the arc was not asked for, and is not taken. Belongs to one engine.
 */
final class Intake implements RecordHost.Replies<Question.Batch> {
    private final RecordEngine engine;
    private final Arc arc;
    private final Progress progress;
    private final Consumer<Boolean> then;
    private int storing;
    private boolean failed;
    private Optional<Boolean> ended = Optional.empty();

    /** Hears of each batch that is durable. */
    interface Progress {
        void taken(long position, Optional<Question.Released> end);
    }

    /** @param then told whether all came and is durable */
    Intake(RecordEngine engine, Arc arc, Progress progress, Consumer<Boolean> then) {
        this.engine = engine;
        this.arc = arc;
        this.progress = progress;
        this.then = then;
    }

    @Override
    public void heard(Question.Batch batch, Runnable more) {
        List<Record> asked =
                batch.records().stream().filter(r -> arc.contains(r.key())).toList();
        storing++;
        engine.keep(asked, 0, kept -> {
            storing--;
            failed |= kept.isEmpty();
            if (!failed) { // the next try goes on behind what is told here: there is to be no gap before it
                progress.taken(batch.position(), batch.end());
            }
            more.run();
            endIfOver();
        });
    }

    @Override
    public void ended(boolean whole) {
        ended = Optional.of(whole);
        endIfOver();
    }

    private void endIfOver() {
        if (ended.isPresent() && storing == 0) {
            boolean whole = ended.get() && !failed;
            ended = Optional.empty();
            then.accept(whole);
        }
    }
}
