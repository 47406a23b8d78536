"""The words of the page in Simplified Chinese, under the names that `strings` has.

What is missing here is shown in English: what an operator reads in a shell, and all captions.
"""

LANGUAGE_TAG = "zh-CN"
TAGLINE = "一句话变成空间里的一个点，任意一个点也能变回一句话。"
MODEL = "模型"
STATE_LOADING = "加载中"
STATE_READY = "就绪"
STATE_FAILED = "未加载"
STATUS_LOADING = "正在加载 {model}，需要几秒钟"
STATUS_READY = "{latent_dim} 个隐变量，运行于 {device}"
STATUS_FAILED = "无法加载 {model}"
LOADING = "模型正在加载，几秒钟后结果会自动出现。"

NOT_FOUND = "没有名为“{model}”的模型。可选：{names}。"
LANGUAGE_MODEL = "“{model}”是语言模型，没有可看的空间；请选择一个 VAE 的权重"
WENT_WRONG = "出错了（编号 {id}）。错误已记录，请再试一次。"
BUSY = "现在来的人很多，队伍已满。请过几秒钟再试。"

EMPTY = "请先输入一句英文描述，例如“a dog on a beach”。"
TOO_LONG = "这句话有 {length} 个字符，最多能读 {limit} 个。"
NO_WORDS = "“{text}”里没有英文单词。请输入一句英文描述，例如“a dog on a beach”。"
NO_KNOWN_WORDS = (
    "“{text}”里的词模型一个也不认识。它是用英文图片描述训练的，例如“a dog on a beach”。"
)
NOT_TEXT = "描述必须是文字，而不是 {value}。"
NOT_WHOLE = "{name}必须是 {low} 到 {high} 之间的整数，而不是 {value}。"
NOT_NUMBER = "{name}必须是 {low:g} 到 {high:g} 之间的数，而不是 {value}。"
NOT_CHOICE = "{name}必须是 {choices} 之一，而不是 {value}。"
NOT_LIST = "{name} 必须是含 {low} 到 {high} 项的列表（{things}），而不是 {value}。"
NOT_CODE = "每个点必须是由 {dim} 个有限数组成的列表；第 {row} 个不是。"
MISSING = "空"

GENERATE = "生成"
GENERATE_INTRO = (
    "这些句子不是任何人写的：每一句都是潜在空间里的一个随机点读出来的文字。"
    "同一个种子总会给出同样的句子。"
)
GENERATE_BUTTON = "生成"
SEED = "种子"
NEW_SEED = "换个种子"
NUM_CAPTIONS = "句数"
TEMPERATURE = "温度"
TEMPERATURE_INFO = "0 表示每次取最可能的词；越大越大胆"
TOP_P = "核采样概率"
TOP_P_INFO = "小于 1 时略去不太可能的词"
PRIOR = "点取自"
PRIOR_INFO = "拟合先验：真实句子所在之处；标准正态：N(0, I)"
PRIORS = {"fitted": "拟合先验", "standard": "标准正态"}
WORDS = "显示模型对每个词的把握"
WORDS_LEGEND = "给定这个点和前面的词，模型对一个词的把握："
WORDS_LEVELS = ("低于 10%", "10% 到 50%", "50% 到 90%", "90% 以上")
WORDS_UNSURE = "把握较小的词：{words}"
WORDS_SURE = "每个词都有把握"
IN_TRAINING_DATA = "见于训练数据"
IN_TRAINING_DATA_COUNT = "与训练数据逐字相同的：{total} 句中有 {count} 句。"
GENERATE_SUMMARY = "种子 {seed} · 温度 {temperature:g} · 核采样概率 {top_p:g} · {prior}"

RECONSTRUCT = "重建"
RECONSTRUCT_INTRO = (
    "你的句子被压缩成一个点，再单凭这个点重新写出来。留下来的，就是这个空间能装下的内容。"
)
CAPTION = "你的句子（英文）"
CAPTION_HINT = "输入一句英文描述，按回车"
RECONSTRUCT_BUTTON = "重建"
READ_AS = "读作"
CAME_BACK = "写回"
SAME = "每个词都回来了。"
DIFFERENT = "{total} 个词中回来了 {kept} 个。"
UNKNOWN = "模型不认识“{word}”。"
UNKNOWN_NEAREST = "模型不认识“{word}”。换成它认识的最接近的词："
SHORTENED = "只保留了前 {max_length} 个词，这是该模型能读的最大长度。"
DRAWS = "附近的读法"
DRAWS_INFO = "编码器给出的不是一个点，而是一团云。下面几句从云中的随机位置读出。"
POSTERIOR = "云的样子，逐个变量"
POSTERIOR_INFO = "{total} 个变量中有 {active} 个对这句话有所表达，合计 {kl:.1f} 奈特。"
POSTERIOR_AXIS = "隐变量，信息量从大到小"
POSTERIOR_SCALE = "μ ± σ；色带为先验"
POSTERIOR_HOVER = "变量 %{customdata[0]}<br>μ %{y:.2f} ± %{customdata[1]:.2f}"
POSTERIOR_HOVER_KL = "<br>KL %{customdata[2]:.2f} 奈特<extra></extra>"

INTERPOLATE = "插值"
INTERPOLATE_INTRO = "两句话是两个点。从一个点走到另一个点，读一读路上的句子。"
FIRST = "起点"
LAST = "终点"
SWAP = "交换"
STEPS = "步数"
PATH = "路径"
PATHS = {"linear": "直线", "spherical": "球面"}
INTERPOLATE_BUTTON = "插值"
POSITION = "路径上的位置"
DRAG = "拖动滑块，沿路径行走"
CAPTIONS_ON_PATH = "路上有 {count} 个句子"
INTERPOLATE_SUMMARY = "{steps} 步 · {path}路径 · 每行新出现的词带下划线"
PATH_ON_MAP = "地图上的路径，从“{first}”到“{last}”；标记跟随滑块"

MAP = "地图"
MAP_INTRO = (
    "每个点都是模型自己写的一句话，画在它在空间中的位置上；视角的选择使不同种类的场景分得最开。"
    "点与点之间也有句子：点击或拖动任意位置，读一读那里写着什么。"
)
MAP_LABEL = (
    "句子地图。方向键移动十字光标并读出旁边的句子，按住 Shift 走大步；回车读出光标处的句子；"
    "加号和减号缩放，0 显示全图。"
)
MAP_KEYS = "拖动即可阅读，滚轮缩放；方向键、回车、+ 和 − 也一样。"
MAP_SEARCH = "在句子中查找词"
MAP_HINT = "查找英文词，例如 dog"
MAP_FOUND = "{total} 句中的 {count} 句"
MAP_NONE = "地图上没有含这些词的句子。"
MAP_KINDS = "只显示这些种类"
MAP_WAIT = "模型就绪后，地图就会出现。"
MAP_BUILDING = "这份权重没有附带地图，模型正在写 {total} 句话来画一张小地图：已完成 {done} 句。"
MAP_FAILED = "没能取得地图，请再试一次。"
NOT_PLACE = "“{value}”不是地图上的位置；位置写作 1.5,-0.25 这样的形式。"
NO_MAP = "“{model}”还没有地图；请先打开“地图”标签页。"
ZOOM_IN = "放大"
ZOOM_OUT = "缩小"
ZOOM_WHOLE = "显示全图"
ZOOM_MOVE = "拖动以移动地图"
KINDS = {
    "ball": "球类运动",
    "boards": "冲浪、滑板和滑雪",
    "animals": "野生动物和牲畜",
    "pets": "猫和狗",
    "food": "食物",
    "kitchen": "厨房和浴室",
    "rooms": "房间和书桌",
    "street": "街道和交通",
    "water": "水边",
    "land": "田野和树林",
    "people": "人物",
    "enclosure": "围栏",
    "family": "老与幼",
    "other": "其他",
}
MAP_HERE = "这个位置写着"
UNITS = "转动编码中的一个数"
UNITS_INFO = "不同句子之间，这几个数差别最大。两端是与之相伴的词。"
UNIT = "变量 {number}，从 {low} 到 {high}"
RESET = "恢复原状"
SUM = "句子的加减法"
SUM_INFO = (
    "一句话就是一串数，而数可以加减。下面的例子，是我们的清单里这个模型算对了的；"
    "并不是所有算式都能算对。"
)
START = "取"
MINUS = "减"
PLUS = "加"
SUM_BUTTON = "计算"
SUM_RESULT = "得到"
SUM_NEAR = "地图上最近的句子"
SUM_SUMMARY = "“{start}”中没有的词带下划线"
SUM_LABEL = "在地图上：A“{start}”，B“{minus}”，C“{plus}”，以及 A − B + C"

EXAMPLES = "试试"
COPY = "复制"
COPIED = "已复制"
COPY_ALL = "全部复制"
COPY_LINK = "复制链接"
SAVE_JSON = "保存 JSON"
SAVE_CSV = "保存 CSV"
TO_RECONSTRUCT = "重建"
TO_FIRST = "设为起点"
TO_LAST = "设为终点"
TO_FIRST_LABEL = "“{caption}”，作为路径的起点"
TO_LAST_LABEL = "“{caption}”，作为路径的终点"

HISTORY = "历史"
HISTORY_TITLE = "本次访问的结果"
HISTORY_INFO = "最近的 {limit} 个结果。只保存在这个浏览器标签页里，别处没有。"
HISTORY_EMPTY = "还没有结果。"
MORE_CAPTIONS = "还有 {count} 句"
OPEN_AGAIN = "重新打开"
CLEAR = "清空"
CLEARED = "历史已清空。"
CLOSE = "关闭"

ABOUT = "关于"
ABOUT_WHAT = "你看到的是什么"
ABOUT_TEXT = (
    "模型读过许多图片描述，只学会了一件事：把一句话压缩成一个点（也就是一串数），再单凭这串数把这句话写回来。"
    "意思相近的句子，点也相近；因此点与点之间的地方同样有句子，其他标签页就是带你去那里看看。"
    "这样的模型叫做变分自编码器。"
)
ABOUT_READS = "它读到"
ABOUT_POINT = "一个点：{latent_dim} 个数"
ABOUT_WRITES = "它写出"
ABOUT_STRIP = "{latent_dim} 根短柱，每根一个数，从 {low:.1f} 到 {high:.1f}"
ABOUT_MODEL = "模型“{model}”"
ABOUT_FACTS = {
    "latent_dim": "每个点的数",
    "vocab_size": "认识的词",
    "max_length": "最长句子的词数",
    "num_parameters": "权重",
    "train": "训练用的句子",
    "minutes": "训练分钟数",
    "finished": "完成日期",
}
ABOUT_CATEGORY = "所用图片的类别：{category}。"
ABOUT_FROM = "从“{source}”的权重开始训练。"
ABOUT_MEASURED = "效果如何"
ABOUT_MEASURED_ON = (
    "在 {count:,} 句没有用于训练的句子上测得（它们只用来挑选最好的一轮）。"
    "把指针移到某个指标上，或用 Tab 键移到那里，即可看到它的含义。"
)
ABOUT_NOT_MEASURED = "该模型的报告里没有指标。"
ABOUT_ALL = "全部指标及其含义"
ABOUT_METRIC = "指标"
ABOUT_VALUE = "数值"
ABOUT_MEANING = "含义"
ABOUT_OF = "{value} / {total}"
ABOUT_LABELS = {
    "reconstruction_exact": "的句子逐字写回",
    "reconstruction_bleu4": "BLEU-4：写回的句子有多像，满分 1",
    "nll": "奈特：由点写出一句话的代价",
    "kl": "奈特：一个点所含的信息",
    "active_units": "个数在起作用",
}
ABOUT_CURVES = "训练过程"
ABOUT_CURVES_INFO = (
    "把全部训练句子读一遍叫一轮。{epochs} 轮之后，由点写出一句验证句子的代价是 {nll:.1f} 奈特"
    "（nll），每个点所含的信息是 {kl:.1f} 奈特（kl）。权重取自第 {best} 轮。"
)
ABOUT_NO_CURVES = "该模型的报告里没有训练历史。"
CURVES = {
    "nll": "nll（奈特）",
    "kl": "kl（奈特）",
    "loss": "损失（奈特）",
    "active_units": "活跃的隐变量",
}
CURVE_EPOCH = "轮"
CURVE_TRAINING = "训练"
CURVE_VALIDATION = "验证"
ABOUT_LIMITS = "它做不到什么"
LIMITS = (
    "它只会写简短的小写英文图片描述，每次一句，别的都不会。",
    "没学过的词对它毫无意义；页面会指出这样的词。",
    "一个点装的是句子的大意：物体、数目和颜色写回来时可能会变。",
    "它没有看过任何图片，也不知道一句话是真是假。",
    "它写的东西供探索之用，不能用来对人作出决定。",
)
LIMITS_COCO = (
    "它学的是日常照片的描述：运动、厨房、街道和动物写得顺手，别的则很少。",
    "这些描述对人的呈现并不均衡：男性多于女性，且常配以刻板印象"
    "（Zhao et al. 2017, Hendricks et al. 2018）。模型会重复甚至加重这一点。",
)
LIMITS_OTHER = ("它会重复训练文本中的习惯和偏见。",)
ABOUT_DATA = "数据与许可"
DATA_COCO = (
    "用 MS COCO 的图片描述训练，它们由人看着照片写成（Lin et al. 2014, Chen et al. 2015），"
    "由 COCO Consortium 发布，许可为 CC BY 4.0。权重中不含这些描述；"
    "权重与代码均以 MIT 许可发布。"
)
DATA_OTHER = "用一些文本行训练，其来源和许可由训练者掌握。代码以 MIT 许可发布。"
DATA_COUNTS = "训练用 {train:,} 句，验证用 {validation:,} 句；同一张图片不会同时出现在两边。"
DATA_FILTER = (
    "“见于训练数据”的标记来自一个不含文字的过滤器：训练句子它全都认得；"
    "其他句子每 10,000 句约有 {count:.1g} 句会被误认。"
)
CARD = "完整的模型卡（英文）"
_SAMPLES, _BETWEEN = "生成的句子：", "插值："
DEFINITIONS = {
    "nll": "每句的奈特数，-log p(x|z)，z 取自后验；三次抽取的平均",
    "kl": "每句的奈特数，KL(q(z|x) || N(0, I))，从不截断",
    "elbo": "每句的奈特数，-(nll + kl)",
    "nll_iw": "每句的奈特数，-log p(x) 的重要性加权界，抽取 iw_samples 次",
    "ppl": "exp(每个词元的 nll_iw)，语言模型则为 exp(每个词元的 nll)；词元是单词和 <eos>",
    "mutual_information": "奈特，全集上的 I(x; z)，三次抽取的平均；至多 log num_captions",
    "active_units": "后验均值随句子变化（方差大于 0.01）的隐变量个数",
    "reconstruction_bleu4": "语料 BLEU-4，0 到 1，由后验均值贪心解码",
    "reconstruction_exact": "逐字写回的句子所占比例，由后验均值贪心解码",
    "unknown_rate": "词表之外的词所占比例",
    **{
        f"bleu_{n}": f"{_SAMPLES}对全部真实句子的平均句级 BLEU-{n}，平滑方法 1"
        for n in range(2, 6)
    },
    **{f"self_bleu_{n}": f"{_SAMPLES}对其他生成句子的平均句级 BLEU-{n}" for n in range(2, 6)},
    "forward_ppl": f"{_SAMPLES}在训练句子的 4 元模型下的困惑度",
    "reverse_ppl": f"{_SAMPLES}真实句子在其 4 元模型下的困惑度",
    "distinct_1": f"{_SAMPLES}不同的词 / 词",
    "distinct_2": f"{_SAMPLES}不同的词对 / 词对",
    "unique": f"{_SAMPLES}不同的句子 / 句子",
    "novel": f"{_SAMPLES}不是训练句子的比例",
    "distinct_captions": f"{_BETWEEN}一条路上的 7 句中不同的句数",
    "distinct_5_of_7": f"{_BETWEEN}7 句中至少有 5 句不同的路所占比例",
    "monotone": f"{_BETWEEN}按平均词向量，没有一步背离终点、且最后一句比第一句更近的路所占比例",
    "inner_ppl": f"{_BETWEEN}中间 5 句的困惑度，算法同 forward_ppl",
    "endpoints_exact": f"{_BETWEEN}逐字写回的端点所占比例",
}
