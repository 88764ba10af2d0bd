package dev.chord.node.fuzz;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Messages to one service of a running node. The first byte says which method, the rest is the message.
 * Whatever comes, the answer is one of the catalogue: never a bug of the node, never silence, and the node
 * works afterwards.
 */
final class ServiceFuzz {
    /**
     * These end the node's membership, as they promise: what they read is fuzzed, but they are not called.
     */
    private static final Set<String> NOT_CALLED = Set.of("Leave", "Drain", "Join", "GiveUp");
    /** Streams without an end: they are given a moment. */
    private static final Set<String> ENDLESS = Set.of("WatchNames");

    private static final Set<Status.Code> BUGS = EnumSet.of(Status.Code.UNKNOWN, Status.Code.INTERNAL);
    private static final int CHECK_EVERY = 500;

    private final List<MethodDescriptor<?, ?>> methods;
    private int runs;

    ServiceFuzz(ServiceDescriptor service) {
        methods = List.copyOf(service.getMethods());
    }

    int methods() {
        return methods.size();
    }

    static boolean mayBeCalled(MethodDescriptor<?, ?> method) {
        return !NOT_CALLED.contains(String.valueOf(method.getBareMethodName()));
    }

    void run(byte[] input) {
        if (input.length < 1) {
            return;
        }
        MethodDescriptor<?, ?> method = methods.get((input[0] & 0xff) % methods.size());
        call(method, Arrays.copyOfRange(input, 1, input.length));
        if (++runs % CHECK_EVERY == 0) {
            FuzzBed.get().assertWorks();
        }
    }

    private static <Q, A> void call(MethodDescriptor<Q, A> method, byte[] bytes) {
        Q request;
        try {
            request = method.parseRequest(new ByteArrayInputStream(bytes));
        } catch (StatusRuntimeException notAMessage) {
            return;
        }
        String name = String.valueOf(method.getBareMethodName());
        if (!mayBeCalled(method)) {
            return;
        }
        boolean endless = ENDLESS.contains(name);
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(endless ? 300 : 60_000, TimeUnit.MILLISECONDS);
        try {
            Iterator<A> answers =
                    ClientCalls.blockingServerStreamingCall(FuzzBed.get().channel, method, options, request);
            for (int count = 0; answers.hasNext() && count < 10_000; count++) {
                answers.next();
            }
        } catch (StatusRuntimeException e) {
            Status.Code code = e.getStatus().getCode();
            if (BUGS.contains(code) || code == Status.Code.DEADLINE_EXCEEDED && !endless) {
                throw new AssertionError(
                        method.getFullMethodName() + " answered " + e.getStatus() + " to\n" + request, e);
            }
        }
    }
}
