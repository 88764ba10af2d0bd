package dev.chord.core.trace;

import dev.chord.core.trace.Dialogue.GoOn;
import dev.chord.core.trace.RecordTrace.Call;
import java.util.List;
import java.util.function.Consumer;

/** What an engine answers to who has called it, by way of a dialogue. On the engine's thread. */
public final class TracedAnswers implements Entry.Answers {
    private final Dialogue dialogue;
    private final int entry;
    private final Entry.Answers real;

    /**
     * @param entry the place of the call in the trace
     * @param real where the answers go
     */
    public TracedAnswers(Dialogue dialogue, int entry, Entry.Answers real) {
        this.dialogue = dialogue;
        this.entry = entry;
        this.real = real;
    }

    private void call(Call call, Object with, Runnable how) {
        dialogue.call(call, List.of(entry, with), GoOn.NOT, (host, none) -> how.run());
    }

    @Override
    public void answered(Object what) {
        call(Call.ANSWERED, what, () -> real.answered(what));
    }

    @Override
    public void progressed(long checked) {
        call(Call.PROGRESSED, checked, () -> real.progressed(checked));
    }

    @Override
    public void send(Object answer, Consumer<Boolean> then) {
        dialogue.call(
                Call.SENT,
                List.of(entry, answer),
                (call, there) -> then.accept((Boolean) there),
                (host, answers) -> real.send(answer, answers::accept));
    }

    @Override
    public void only(Object answer) {
        call(Call.SENT_ONLY, answer, () -> real.only(answer));
    }

    @Override
    public void end() {
        dialogue.call(Call.ENDED, List.of(entry), GoOn.NOT, (host, none) -> real.end());
    }

    @Override
    public void refuse(String why) {
        call(Call.REFUSED, why, () -> real.refuse(why));
    }
}
