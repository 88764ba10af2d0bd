package dev.chord.client.wire;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.records.Question;
import dev.chord.core.records.RecordEngine;
import dev.chord.core.records.Write;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.RecordBatch;
import dev.chord.proto.v1.RefusedArc;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.Written;

/** What a record engine says of a write or a read, as the reply to who asked for it. Pure; any thread. */
public final class RecordReplies {
    private RecordReplies() {}

    /** What became of a write. */
    public static WriteRecordReply of(WriteRecordRequest asked, Write.Answer answer) {
        WriteRecordReply.Builder reply = WriteRecordReply.newBuilder();
        if (answer instanceof Write.Written written) {
            reply.setWritten(Written.newBuilder()
                    .setRecord(RecordCodec.out(written.record()))
                    .addAllHolders(WireCodec.out(written.holders()))
                    .setWanted(written.wanted()));
        } else if (answer instanceof Write.Conflict conflict) {
            reply.setConflict(conflict.current().map(RecordCodec::out).orElse(asked.getRecord()));
        } else if (answer instanceof Write.Stale stale) {
            reply.setStale(RecordCodec.out(stale.stamp()));
        } else if (answer instanceof Write.Elsewhere elsewhere) {
            reply.setNotOwner(RecordCodec.out(elsewhere.why()));
        } else if (answer instanceof Write.Refused refused) {
            reply.setRefusal(refusal(ErrorCode.UNREACHABLE, refused.why(), "try again"));
        } else if (answer instanceof Write.Unknown unknown) {
            reply.setRefusal(refusal(ErrorCode.DEADLINE, unknown.why(), "try again when the ring has healed"));
        } else {
            throw new IllegalArgumentException("an answer of another kind: " + answer);
        }
        return reply.build();
    }

    private static dev.chord.proto.v1.Refusal refusal(ErrorCode code, String why, String hint) {
        return WireErrors.toRefusal(new ChordException(code, why, hint));
    }

    /**
     * The answer to a read, but for its records.
     *
     * @param agreement whether holders agree on who owns an arc
     */
    public static ReadRecordsReply.Builder of(Write.Read read, boolean agreement) {
        ReadRecordsReply.Builder reply = ReadRecordsReply.newBuilder()
                .setAgreement(agreement)
                .setAuthoritative(read.records().isPresent());
        read.elsewhere().ifPresent(why -> reply.setNotOwner(RecordCodec.out(why)));
        return reply;
    }

    /** Keys that are refused. */
    public static RefusedArc of(RecordEngine.Refused refused) {
        return RefusedArc.newBuilder()
                .setOwner(WireCodec.out(refused.owner()))
                .setArc(WireCodec.out(refused.arc()))
                .addAllMissing(WireCodec.out(refused.missing()))
                .build();
    }

    /** Some of many records; the last ones say how it ended. */
    public static RecordBatch of(Question.Batch batch) {
        RecordBatch.Builder message = RecordBatch.newBuilder()
                .addAllRecords(RecordCodec.out(batch.records()))
                .setPosition(batch.position());
        batch.end()
                .ifPresent(end -> message.setReleased(end.given())
                        .setSettled(end.settled())
                        .setEpoch(end.epoch()));
        return message.build();
    }
}
